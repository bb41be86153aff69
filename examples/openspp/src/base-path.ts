/** Where the API is mounted (contract §1). */
export const basePath = '/api/v2/spp';
