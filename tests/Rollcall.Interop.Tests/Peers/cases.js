// Does cases by name, for the clients of Node.
'use strict';

const PARALLEL = 16;

// Every runner takes the next repetition until none is left.
async function repeat(once, times) {
  let left = times;
  const runner = async () => {
    while (left-- > 0) {
      await once();
    }
  };
  await Promise.all(Array.from({ length: Math.min(times, PARALLEL) }, runner));
}

async function passes(cases, name, times) {
  try {
    await repeat(cases[name], times);
  } catch (error) {
    console.log(`${name} failed\n${error?.stack ?? error}`);
    return false;
  }
  console.log(`${name} ok`);
  return true;
}

async function runAll(cases, names, times, connect) {
  await connect();
  let failed = 0;
  for (const name of names.split(',')) {
    failed += await passes(cases, name, times) ? 0 : 1;
  }
  return failed;
}

// Whoever started this looks at the server while the connection is there, and then ends standard input.
const stay = () => new Promise(resolve => {
  console.log('done');
  process.stdin.resume().on('end', resolve);
});

// Connects, does each of the cases named COUNT times, and tells `done`. Ends the process with its standard input: with 0 if all passed.
exports.run = (cases, names, count, connect) =>
  runAll(cases, names, Number(count ?? 1), connect)
    .then(async failed => { await stay(); process.exit(failed ? 1 : 0); }, error => { console.error(error); process.exit(1); });
