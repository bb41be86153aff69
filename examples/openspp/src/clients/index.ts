export { type Credentials, newCredentials, newSecret } from './credentials.ts';
