/** A made-up program. */
export interface GeneratedProgram {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly eligibilityCriteria: string | null;
  readonly programType: 'social-protection' | 'cash-transfer';
  readonly targetType: 'individual' | 'group';
  /** `YYYY-MM-DD` */
  readonly startDate: string;
  /** Set for a program that has ended. */
  readonly endDate: string | null;
}

export const generatedPrograms: readonly GeneratedProgram[] = [
  {
    slug: 'river-valley-cash-plus',
    name: 'River Valley Cash Plus',
    description: 'Quarterly transfer for flood-affected households',
    eligibilityCriteria: 'Households in the flood plain with at least one child under five',
    programType: 'cash-transfer',
    targetType: 'group',
    startDate: '2024-03-01',
    endDate: null,
  },
  {
    slug: 'elder-support-grant',
    name: 'Elder Support Grant',
    description: 'Monthly grant for people of 65 and over',
    eligibilityCriteria: 'Age of 65 or more',
    programType: 'social-protection',
    targetType: 'individual',
    startDate: '2022-01-01',
    endDate: null,
  },
  {
    slug: 'first-thousand-days',
    name: 'First Thousand Days',
    description: 'Food and health vouchers for households with small children',
    eligibilityCriteria: 'Households with a child under three',
    programType: 'social-protection',
    targetType: 'group',
    startDate: '2023-07-01',
    endDate: null,
  },
  {
    slug: 'harvest-bridge-2023',
    name: 'Harvest Bridge 2023',
    description: 'One payment after the failed harvest of 2023',
    eligibilityCriteria: null,
    programType: 'cash-transfer',
    targetType: 'individual',
    startDate: '2023-02-01',
    endDate: '2023-12-31',
  },
];
