import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';

/** Applies property decorators by calls: Node strips types from a file but does not know the decorator syntax. */
function properties(
  target: { readonly prototype: object },
  decorators: Readonly<Record<string, PropertyDecorator[]>>,
): void {
  for (const [name, list] of Object.entries(decorators)) for (const decorate of list) decorate(target.prototype, name);
}

/** `country`, as TypeORM knows it. */
export class Country {
  declare id: number;
  declare code: string;
  declare name: string;
}
properties(Country, {
  id: [PrimaryGeneratedColumn()],
  code: [Column({ type: 'text', unique: true })],
  name: [Column({ type: 'text' })],
});
Entity('country')(Country);

/** `partner`, with the columns that the wire shows. */
export class Partner {
  declare id: number;
  declare name: string;
  declare email: string | null;
  declare phone: string | null;
  declare active: boolean;
  declare birthDate: string | null;
  declare credit: string;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare countryId: number;
  declare country: Country | undefined;
}
properties(Partner, {
  id: [PrimaryGeneratedColumn()],
  name: [Column({ type: 'text' })],
  email: [Column({ type: 'text', nullable: true })],
  phone: [Column({ type: 'text', nullable: true })],
  active: [Column({ type: 'boolean' })],
  birthDate: [Column({ name: 'birth_date', type: 'date', nullable: true })],
  credit: [Column({ type: 'numeric', precision: 12, scale: 2 })],
  createdAt: [Column({ name: 'created_at', type: 'timestamptz' })],
  updatedAt: [Column({ name: 'updated_at', type: 'timestamptz' })],
  countryId: [Column({ name: 'country_id', type: 'integer' })],
  country: [ManyToOne(() => Country), JoinColumn({ name: 'country_id' })],
});
Entity('partner')(Partner);

/** `api_token`, for the guard. */
export class ApiToken {
  declare id: number;
  declare digest: Buffer;
  declare clientId: number;
  declare scopes: string[];
  declare expiresAt: Date;
}
properties(ApiToken, {
  id: [PrimaryGeneratedColumn()],
  digest: [Column({ type: 'bytea', unique: true })],
  clientId: [Column({ name: 'client_id', type: 'integer' })],
  scopes: [Column({ type: 'text', array: true })],
  expiresAt: [Column({ name: 'expires_at', type: 'timestamptz' })],
});
Entity('api_token')(ApiToken);
