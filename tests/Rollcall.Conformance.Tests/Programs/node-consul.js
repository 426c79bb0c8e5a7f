// What a program on npm's consul does in its life, against the agent at host and port. Prints one line of JSON for each step.
const Consul = require('consul');

const [host, port] = process.argv.slice(2);
const consul = new Consul({ host, port });
const say = (step, value) => console.log(`${step} ${JSON.stringify(value)}`);

async function main() {
  await consul.agent.service.register({
    id: 'npm-1', name: 'npm', address: '127.0.0.1', port: 81, tags: ['v1'], meta: { k: 'v' },
    check: { ttl: '60s', status: 'critical' },
  });
  say('critical', (await consul.health.service({ service: 'npm', passing: true })).length);
  await consul.agent.check.pass('service:npm-1');
  const [entry] = await consul.health.service({ service: 'npm', passing: true });
  say('passing', [entry.Service.ID, entry.Service.Port, entry.Service.Tags, entry.Service.Meta]);
  say('services', (await consul.agent.service.list())['npm-1'].Service);
  say('catalog', (await consul.catalog.service.list()).npm);
  say('nodes', (await consul.catalog.service.nodes('npm')).map((node) => node.ServiceAddress));
  await consul.agent.service.maintenance({ id: 'npm-1', enable: true, reason: 'test' });
  say('maintained', (await consul.health.service({ service: 'npm', passing: true })).length);
  await consul.agent.service.maintenance({ id: 'npm-1', enable: false });

  say('set', await consul.kv.set('npm/a', 'one'));
  const pair = await consul.kv.get('npm/a');
  say('get', pair.Value);
  say('cas', await consul.kv.set({ key: 'npm/a', value: 'two', cas: pair.ModifyIndex }));
  say('cas again', (await consul.kv.set({ key: 'npm/a', value: 'three', cas: pair.ModifyIndex })) === true);
  say('absent', await consul.kv.get('npm/none') === undefined);
  say('keys', await consul.kv.keys('npm/'));

  const { ID: session } = await consul.session.create({ name: 'npm', ttl: '60s', lockdelay: '0s' });
  say('acquire', await consul.kv.set({ key: 'npm/lock', value: 'mine', acquire: session }));
  say('holder', (await consul.kv.get('npm/lock')).Session === session);
  await consul.session.renew(session);
  say('release', await consul.kv.set({ key: 'npm/lock', value: '', release: session }));
  await consul.session.destroy(session);
  say('sessions', (await consul.session.list()).filter((s) => s.ID === session).length);

  const { ID: query } = await consul.query.create({ name: 'npm-query', service: { service: 'npm', onlypassing: true } });
  say('execute', (await consul.query.execute('npm-query')).Nodes.map((node) => node.Service.ID));
  await consul.query.destroy(query);

  const event = await consul.event.fire('npm-event', 'payload');
  say('event', (await consul.event.list('npm-event')).some((e) => e.ID === event.ID));

  await new Promise((done) => {
    const watch = consul.watch({ method: consul.kv.get, options: { key: 'npm/watched' } });
    watch.on('change', (data) => {
      if (data) {
        say('watched', data.Value);
        watch.end();
        done();
      } else {
        consul.kv.set('npm/watched', 'seen');
      }
    });
  });

  say('leader', (await consul.status.leader()).length > 0);
  await consul.kv.del({ key: 'npm/', recurse: true });
  say('deleted', (await consul.kv.get('npm/a')) === undefined);
  await consul.agent.service.deregister('npm-1');
  say('gone', (await consul.health.service('npm')).length);
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
