export const consentStatuses = [
  'requested',
  'given',
  'renewed',
  'refused',
  'withdrawn',
  'expired',
  'invalidated',
] as const;
export const recipientModes = ['specific', 'category'] as const;
export const indicatedBy = ['self', 'guardian', 'parent', 'poa', 'representative'] as const;
export const collectionMethodsOfConsent = ['written', 'verbal', 'electronic', 'biometric'] as const;
export const withdrawalChannels = ['web', 'mobile', 'api', 'paper', 'verbal', 'other'] as const;

export type ConsentStatus = (typeof consentStatuses)[number];
