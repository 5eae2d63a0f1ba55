// The official TypeScript client: the package named first, 1.x or 2.x.
import { readFileSync } from 'node:fs';

const [library, way, ...words] = process.argv.slice(2);
const edit = JSON.parse(readFileSync(0, 'utf8'));
const old = library === '@modelcontextprotocol/sdk';
const { Client } = await import(old ? `${library}/client/index.js` : library);
const { StdioClientTransport } = await import(old ? `${library}/client/stdio.js` : `${library}/stdio`);
const { StreamableHTTPClientTransport } = await import(old ? `${library}/client/streamableHttp.js` : library);

const options = old ? {} : { versionNegotiation: { mode: 'auto' } };
const client = new Client({ name: 'try-clients', version: '1' }, options);
await client.connect(
  way === 'stdio'
    ? new StdioClientTransport({ command: words[0], args: words.slice(1) })
    : new StreamableHTTPClientTransport(new URL(words[0])),
);
const { tools } = await client.listTools();
const listed = await client.callTool({ name: 'list_integrations', arguments: { type: 'xero' } });
const planned = await client.callTool({ name: 'update_mapping', arguments: edit });
console.log(
  JSON.stringify({
    protocol: client.getNegotiatedProtocolVersion?.() ?? 'not told',
    tools: tools.length,
    integrations: listed.structuredContent.integrations.length,
    outcome: planned.structuredContent.outcome,
  }),
);
await client.close();
