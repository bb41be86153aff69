-- The same rows every time: each value is taken from the MD5 of (fixed seed, column, row number), never from a clock or random().
-- Settings that `prepare` gives: bench.rows (partners), bench.token (the opaque token; only its SHA-256 is stored).
create function pg_temp.pick(what text, i bigint, bound bigint) returns bigint
  language sql immutable
  return ('x' || substr(md5('sallyport-42:' || what || ':' || i), 1, 15))::bit(60)::bigint % bound;

insert into country (code, name)
select code, name
from unnest(
  string_to_array('AR AT AU BE BR CA CH CL CI CO CZ DE DK EG ES FI FR GB GH GR HU IE IN IT JP KE KR MA MX NG NL NO NZ PE PH PL PT SE TR ZA', ' '),
  string_to_array('Argentina|Austria|Australia|Belgium|Brazil|Canada|Switzerland|Chile|Côte d''Ivoire|Colombia|Czechia|Germany|Denmark|Egypt|Spain|Finland|France|United Kingdom|Ghana|Greece|Hungary|Ireland|India|Italy|Japan|Kenya|South Korea|Morocco|Mexico|Nigeria|Netherlands|Norway|New Zealand|Peru|Philippines|Poland|Portugal|Sweden|Türkiye|South Africa', '|')
) as t (code, name);

insert into company (name)
select 'Company ' || i from generate_series(1, 100) as i;

-- About 1,000 different names, so that an order by name needs its second key. The microseconds never end in 000: a reader
-- that keeps only milliseconds has something to cut. Some columns are null, some letters are not ASCII.
insert into partner (name, email, phone, active, birth_date, credit, version, created_at, updated_at, country_id, company_id)
select
  given || ' ' || family,
  case when pg_temp.pick('email', i, 10) > 0 then 'partner' || i || '@example.org' end,
  case when pg_temp.pick('phone', i, 5) > 0 then '+' || (10000000000 + pg_temp.pick('number', i, 80000000000)) end,
  pg_temp.pick('active', i, 8) > 0,
  case when pg_temp.pick('birth', i, 7) > 0 then date '1940-01-01' + pg_temp.pick('day', i, 27000)::int end,
  pg_temp.pick('credit', i, 100000000) / 100.0,
  1,
  created,
  created + interval '1 second' * pg_temp.pick('updated', i, 30000000) + interval '1 microsecond' * pg_temp.pick('touch', i, 500),
  1 + pg_temp.pick('country', i, 40),
  1 + pg_temp.pick('company', i, 100)
from generate_series(1, current_setting('bench.rows')::bigint) as i
cross join lateral (
  select
    (string_to_array('Ada Amina Bo Carlos Chloé Dmitri Elif Emeka Fatima Finn Grace Hana Ibrahim Ines Jonas Kofi Lars Leila Mateo Mei Nadia Noah Olga Omar Priya Quentin Rosa Sanjay Sofia Tariq Uma Yusuf Zoë', ' '))[1 + pg_temp.pick('given', i, 33)] as given,
    (string_to_array('Abara Ahmed Andersen Bauer Becker Costa Dubois Eriksen Ferrari Garcia Haddad Ito Jansen Kaya Kim Kowalski Laine Mensah Moreau Müller Nagy Novák Núñez O''Brien Okafor Patel Rossi Santos Silva Singh', ' '))[1 + pg_temp.pick('family', i, 30)] as family,
    timestamptz '2020-01-01 00:00:00Z' + interval '1 second' * pg_temp.pick('created', i, 150000000)
      + interval '1 microsecond' * (1000 * pg_temp.pick('milli', i, 1000) + 100 + pg_temp.pick('micro', i, 400)) as created
) as value;

create index partner_by_name on partner (name, id);
create index partner_by_country on partner (country_id, name, id);
create index partner_by_company on partner (company_id);

insert into api_client (name) values ('benchmark');
insert into api_token (digest, client_id, scopes, expires_at)
select sha256(convert_to(current_setting('bench.token'), 'UTF8')), id, array['partner:read'], timestamptz '2100-01-01 00:00:00Z'
from api_client;
