// Reads pairs of templates, one a line, and writes what `fullDiff` says about their resources.
const path = require('path');
const readline = require('readline');
const { fullDiff } = require(path.join(process.argv[2], '@aws-cdk', 'cloudformation-diff'));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [from, to] = JSON.parse(line);
  let impacts = null;
  try {
    impacts = {};
    fullDiff(from, to).resources.forEachDifference((name, change) => {
      impacts[name] = change.changeImpact;
    });
  } catch (error) {
    process.stderr.write(`${error}\n`);
  }
  process.stdout.write(`${JSON.stringify(impacts)}\n`);
});
