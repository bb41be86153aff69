/** A code that the program ships. */
export interface ShippedCode {
  readonly code: string;
  readonly display: string;
  /** Identifier types only. */
  readonly targetType?: 'individual' | 'group' | 'both';
}

/** A code system that the program ships. */
export interface CodeSystem {
  readonly namespace: string;
  readonly name: string;
  readonly codes: readonly ShippedCode[];
}

/** The namespaces that the code speaks of. */
export const namespaces = {
  identifierType: 'urn:openspp:vocab:id-type',
  gender: 'urn:iso:std:iso:5218',
  membershipRole: 'urn:openspp:vocab:group-membership-type',
  groupType: 'urn:openspp:vocab:group-type',
  relationship: 'urn:openspp:vocab:relationship',
  programType: 'urn:openspp:vocab:program-type',
  landingSite: 'urn:openspp:vocab:landing-site',
} as const;

/** The identifier system of programs; no vocabulary. */
export const programSystem = 'urn:openspp:program';

/** What codes are named by: `urn:openspp:vocab:id-type#national_id`. */
export const codeUri = (namespace: string, code: string): string => `${namespace}#${code}`;

/** Contract §23.1 to §23.5. */
export const codeSystems: readonly CodeSystem[] = [
  {
    namespace: namespaces.identifierType,
    name: 'Identifier types',
    codes: [
      { code: 'national_id', display: 'National ID' },
      { code: 'passport', display: 'Passport', targetType: 'individual' },
      { code: 'tax_id', display: 'Tax ID' },
      { code: 'birth_certificate', display: 'Birth Certificate', targetType: 'individual' },
      { code: 'household_id', display: 'Household ID', targetType: 'group' },
      { code: 'system_id', display: 'System ID' },
    ],
  },
  {
    namespace: namespaces.gender,
    name: 'Gender (ISO/IEC 5218)',
    codes: [
      { code: '0', display: 'Not Known' },
      { code: '1', display: 'Male' },
      { code: '2', display: 'Female' },
      { code: '9', display: 'Not Applicable' },
    ],
  },
  {
    namespace: namespaces.membershipRole,
    name: 'Roles in a group',
    codes: [
      { code: 'head', display: 'Head' },
      { code: 'spouse', display: 'Spouse' },
      { code: 'child', display: 'Child' },
      { code: 'member', display: 'Member' },
      { code: 'other', display: 'Other' },
    ],
  },
  {
    namespace: namespaces.groupType,
    name: 'Group types',
    codes: [
      { code: 'household', display: 'Household' },
      { code: 'family', display: 'Family' },
    ],
  },
  {
    namespace: namespaces.relationship,
    name: 'Relationships',
    codes: [
      { code: 'head', display: 'Head of Household' },
      { code: 'spouse', display: 'Spouse/Partner' },
      { code: 'child', display: 'Child' },
      { code: 'child_in_law', display: 'Son/Daughter-in-law' },
      { code: 'grandchild', display: 'Grandchild' },
      { code: 'parent', display: 'Parent' },
      { code: 'parent_in_law', display: 'Parent-in-law' },
      { code: 'grandparent', display: 'Grandparent' },
      { code: 'sibling', display: 'Sibling' },
      { code: 'other_relative', display: 'Other Relative' },
      { code: 'non_relative', display: 'Non-Relative' },
      { code: 'parent_organization', display: 'Parent Organization' },
      { code: 'subsidiary', display: 'Subsidiary' },
      { code: 'partner_organization', display: 'Partner Organization' },
      { code: 'affiliated_with', display: 'Affiliated With' },
    ],
  },
  {
    namespace: namespaces.programType,
    name: 'Program types',
    codes: [
      { code: 'social-protection', display: 'Social Protection Program' },
      { code: 'cash-transfer', display: 'Cash Transfer' },
    ],
  },
  {
    namespace: namespaces.landingSite,
    name: 'Landing sites of the extension fisher',
    codes: [
      { code: 'kasenyi', display: 'Kasenyi' },
      { code: 'katwe', display: 'Katwe' },
      { code: 'kayinja', display: 'Kayinja' },
    ],
  },
];

/** Contract §23.6: the types of organisation. */
export const organizationTypes = [
  { code: 'government', display: 'Government Agency' },
  { code: 'ngo', display: 'NGO / Non-Profit' },
  { code: 'ingo', display: 'International NGO' },
  { code: 'un', display: 'UN Agency' },
  { code: 'private', display: 'Private Sector' },
  { code: 'research', display: 'Research Institution' },
  { code: 'other', display: 'Other' },
] as const;
