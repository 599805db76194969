// An OpenID provider on a free port of 127.0.0.1, whose one person is always signed in and always agrees.
// Usage: node server.mjs KEY CERTIFICATE. Prints one JSON line with its address; ends when its standard input does.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { Provider } from 'oidc-provider';

const server = https.createServer({ key: readFileSync(process.argv[2]), cert: readFileSync(process.argv[3]) });
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `https://localhost:${server.address().port}`;

const everything = { client_secret: 'client-secret', token_endpoint_auth_method: 'client_secret_post', application_type: 'native' };
const provider = new Provider(issuer, {
  clients: [
    {
      ...everything,
      client_id: 'collector',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', 'client_credentials'],
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/'],
    },
    { ...everything, client_id: 'no-grants', grant_types: [], response_types: [], redirect_uris: [] },
  ],
  scopes: ['openid', 'offline_access', 'mail'],
  features: { deviceFlow: { enabled: true }, clientCredentials: { enabled: true }, devInteractions: { enabled: true } },
  pkce: { required: () => true, methods: ['S256'] },
  issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  ttl: { AccessToken: 3600, ClientCredentials: 600, DeviceCode: 600, RefreshToken: 86400, Session: 3600, Grant: 86400, Interaction: 600 },
  cookies: { keys: ['only for tests'] },
});
server.on('request', provider.callback());
console.log(JSON.stringify({ issuer }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
