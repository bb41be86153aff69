import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type RunningProgram, startProgram } from '@sallyport/adapters/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = new URL('main.ts', import.meta.url);
const shell = promisify(execFile);

/** Starts the program on a free port. */
const start = (environment: Readonly<Record<string, string>>) =>
  startProgram(program, {
    environment: { DATABASE_URL: '', PORT: '0', ...environment },
    ready:
      /^Partners on (?<url>\S+)\/api\n(?:.*\nclient_id=(?<id>\S+)\nclient_secret=(?<secret>\S+)\n.*\nlogin=(?<login>\S+)\npassword=(?<password>\S+)\n)?/,
  });

/** Runs a line of the product's documentation as it stands, but for the address and the credentials. */
async function run(line: string, values: Readonly<Record<string, string>>): Promise<{ status: string; body: unknown }> {
  const filled = line.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const { stdout } = await shell('sh', ['-c', filled.replace(/^curl /, "curl -sS -w '\\n%{http_code}' ")]);
  const end = stdout.lastIndexOf('\n');
  return { status: stdout.slice(end + 1), body: JSON.parse(stdout.slice(0, end)) };
}

type Result = {
  readonly result: {
    readonly length: number;
    readonly id: string;
    readonly records: readonly { readonly id: string }[];
  };
};

describe.each(['fastify', 'express', 'koa'])('the program on %s', (server) => {
  let running: RunningProgram;
  let values: Record<string, string>;
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'partners-'));
    running = await start({ SERVER: server, DATA_DIR: join(root, 'data') });
    values = { ...running.told };
  });
  afterAll(async () => {
    await running?.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('gives tokens to curl', async () => {
    for (const line of [
      'curl -F client_id={id} -F client_secret={secret} {url}/api/jwt/token',
      'curl -d client_id={id} -d client_secret={secret} -d grant_type=client_credentials {url}/api/oauth2/token',
      'curl -u {id}:{secret} -d grant_type=client_credentials {url}/api/oauth2/token',
      `curl -H 'Content-Type: application/json' -d '{"client_id": "{id}", "client_secret": "{secret}"}' {url}/api/oauth2/token`,
      'curl -F client_id={id} -F client_secret={secret} {url}/api/oauth2/token',
    ]) {
      const { status, body } = await run(line, values);
      expect({ status, body }, line).toEqual({
        status: '200',
        body: {
          access_token: expect.any(String),
          token_type: 'Bearer',
          expires_in: 1800,
          scope: 'create read update delete search rpc',
        },
      });
      values.token = (body as { access_token: string }).access_token;
    }
  });

  it('answers the lines of the product', async () => {
    const authorized = "-H 'Authorization: Bearer {token}' -H 'Content-Type: application/json'";
    const search = `curl -X GET ${authorized} -d 'domain=[("active","=",True)]&limit=5&order=name asc, id desc' {url}/api/partner/rest`;
    const found = await run(search, values);
    expect(found).toMatchObject({ status: '200', body: { jsonrpc: '2.0', id: null, result: { length: 7 } } });
    expect((found.body as Result).result.records).toHaveLength(5);

    const created = await run(`curl -X POST ${authorized} -d '{"name": "Ada"}' {url}/api/partner/rest`, values);
    expect(created).toMatchObject({ status: '200', body: { result: { name: 'Ada', client: 'demonstration' } } });
    values.record = (created.body as Result).result.id;
    const read = await run(`curl -X GET ${authorized} {url}/api/partner/rest/{record}`, values);
    expect(read).toEqual(created);
    const changed = await run(
      `curl -X PATCH ${authorized} -d '{"phone": "1"}' {url}/api/partner/rest/{record}`,
      values,
    );
    expect(changed).toMatchObject({ status: '200', body: { result: { name: 'Ada', phone: '1' } } });
    const gone = await run(`curl -X DELETE -H 'Authorization: Bearer {token}' {url}/api/partner/rest/{record}`, values);
    expect(gone).toEqual({ status: '200', body: { jsonrpc: '2.0', id: null, result: [values.record] } });
    const none = await run(`curl -X GET ${authorized} {url}/api/partner/rest/{record}`, values);
    expect(none).toMatchObject({ status: '404', body: { error: { code: 404 } } });
    const open = await run('curl {url}/api/country/rest', values);
    expect(open).toMatchObject({ status: '200', body: { result: { length: 4 } } });
    const refused = await run('curl {url}/api/partner/rest', values);
    expect(refused).toMatchObject({ status: '401', body: { error: { code: 401 } } });
    const lost = await run("curl -H 'Authorization: Bearer {token}' {url}/elsewhere", values);
    expect(lost).toMatchObject({ status: '404', body: { jsonrpc: '2.0', error: { code: 404 } } });
  });

  it('lets people log in with curl and its cookie jar', async () => {
    const jar = { ...values, jar: join(root, 'cookies') };
    const ask = (line: string) => run(`curl -b {jar} -c {jar} ${line}`, jar);
    const json = "-H 'Content-Type: application/json'";
    const login = `${json} -d '{"jsonrpc":"2.0","params":{"db":"partners","login":"{login}","password":"{password}"}}'`;
    const session = '{url}/web/session';
    expect((await ask(`${login.replace('{password}', 'guessed')} ${session}/authenticate`)).status).toBe('401');
    const opened = await ask(`${login} ${session}/authenticate`);
    expect(opened).toMatchObject({
      status: '200',
      body: { jsonrpc: '2.0', id: null, result: { username: values.login } },
    });
    const found = await ask('{url}/api/partner/rest');
    expect(found).toMatchObject({ status: '200', body: { result: { length: 8 } } });
    const made = await ask(`${json} -d '{"name": "By curl"}' {url}/api/partner/rest`);
    expect(made).toMatchObject({ status: '200', body: { result: { name: 'By curl' } } });
    const { id } = (made.body as Result).result;
    const forged = await ask(`-X DELETE -H 'Origin: https://evil.example' {url}/api/partner/rest/${id}`);
    expect(forged).toMatchObject({ status: '403', body: { error: { data: { name: 'cross_site_request' } } } });
    expect((await ask(`-X DELETE {url}/api/partner/rest/${id}`)).status).toBe('200');
    expect((await ask(`${json} -d '{}' ${session}/destroy`)).status).toBe('200');
    expect((await ask('{url}/api/partner/rest')).status).toBe('401');
  });

  it('stops when it is asked to, and shows the secret once', async () => {
    const { output, errors } = running.printed();
    expect(output).toContain('Its secret is shown this once');
    expect(await running.stop()).toBe(0);
    expect(errors).not.toContain(values.secret);
    running = await start({ SERVER: server, DATA_DIR: join(root, 'data') });
    expect(running.printed().output).not.toContain('client_secret');
    const token = await run('curl -F client_id={id} -F client_secret={secret} {url}/api/oauth2/token', {
      ...values,
      url: running.told.url ?? '',
    });
    expect(token.status).toBe('200');
  });
});

it('says what setting it does not understand', async () => {
  await expect(start({ SERVER: 'hapi' })).rejects.toThrow('SERVER: expected one of fastify, express, koa, node');
});
