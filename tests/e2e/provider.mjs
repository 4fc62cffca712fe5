// A real OpenID Connect provider (oidc-provider, certified) for test_single_sign_on.py: node provider.mjs FOLDER PORT CALLBACK
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port, callback] = process.argv.slice(2);
const found = createRequire(`${folder}/`).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(found));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'mingqian', client_secret: 'secret-of-the-tests', redirect_uris: [callback] }],
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: ['tests'] },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
