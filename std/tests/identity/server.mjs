// A real OAuth2 and OpenID Connect server (oidc-provider, which is certified), on a port of its own choice, which it prints.
// `mod.rs` starts it. It gives out signed tokens for client credentials: POST /token, with HTTP Basic or a form, and with
// `resource=urn:orders` or `audience=urn:orders` for whom they are for; without either, tokens that say nothing.
//
//   GET  /.well-known/openid-configuration, /jwks
//   GET  /control/counts                     {"token": …, "jwks": …, "discovery": …}: how often each was asked for
//   POST /control/set                        {"life": seconds, "down": bool, "clients": {"name": "secret"}}: what changes
//   POST /control/rotate                     another key signs; {"forget": true}: the ones before are gone at once
//   POST /control/sign                       {"alg": "RS256", "claims": {…}, "header": {…}, "key": "current" or "stranger"}:
//                                            a token of any kind; `iat`, `exp` and `iss` are added where they are not given
import http from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const installed = createRequire(pathToFileURL(`${process.argv[2]}/package.json`));
const { Provider } = await import(installed.resolve('oidc-provider'));
const jose = await import(installed.resolve('jose'));

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const state = { life: 3600, down: false, clients: { shop: 'hush', poster: 'hush' }, keys: [], provider: null };
const counts = { token: 0, jwks: 0, discovery: 0 };
let number = 0;
let issuer;

async function pair(alg) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  number += 1;
  return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${number}` };
}

const stranger = Object.fromEntries(await Promise.all(algorithms.map(async (alg) => [alg, await pair(alg)])));

async function rotate(forget) {
  const fresh = await Promise.all(algorithms.map(pair));
  state.keys = forget ? fresh : [...fresh, ...state.keys];
  await renew();
}

async function renew() {
  const clients = Object.entries(state.clients).map(([client_id, client_secret]) => ({
    client_id,
    client_secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: client_id === 'poster' ? 'client_secret_post' : 'client_secret_basic',
  }));
  state.provider = new Provider(issuer, {
    clients,
    jwks: { keys: state.keys },
    scopes: ['orders:read', 'orders:write', 'erp'],
    ttl: { ClientCredentials: () => state.life },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => ctx.oidc.body?.audience,
        getResourceServerInfo: (ctx, audience) => ({
          audience,
          scope: 'orders:read orders:write erp',
          accessTokenFormat: 'jwt',
          accessTokenTTL: state.life,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraParams: ['audience'],
  });
}

async function sign({ alg = 'RS256', claims = {}, header = {}, key = 'current' }) {
  const jwk = key === 'stranger' ? stranger[alg] : state.keys.find((one) => one.alg === alg);
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: issuer, iat: now, exp: now + state.life, ...claims };
  for (const name of Object.keys(all)) if (all[name] === null) delete all[name];
  const token = new jose.SignJWT(all).setProtectedHeader({ alg, kid: jwk.kid, typ: 'at+jwt', ...header });
  return token.sign(await jose.importJWK(jwk, alg));
}

async function control(path, told) {
  if (path === '/control/counts') return counts;
  if (path === '/control/rotate') return rotate(told.forget === true);
  if (path === '/control/sign') return { token: await sign(told) };
  if (path === '/control/set') {
    Object.assign(state, told);
    return renew();
  }
  throw new Error('no such path');
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length ? JSON.parse(Buffer.concat(parts)) : {};
}

const server = http.createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (path.startsWith('/control/')) {
    try {
      const answer = await control(path, await body(request));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer ?? {}));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
    return;
  }
  if (path === '/token') counts.token += 1;
  if (path === '/jwks') counts.jwks += 1;
  if (path.startsWith('/.well-known/')) counts.discovery += 1;
  if (state.down) {
    response.statusCode = 503;
    response.end();
    return;
  }
  state.provider.callback()(request, response);
});

server.listen(0, '127.0.0.1', async () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  await rotate(true);
  console.log(`listening ${server.address().port}`);
});

// It ends with whoever started it.
process.stdin.on('end', () => process.exit(0)).resume();
