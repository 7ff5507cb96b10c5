// Late: the main thread polls without a timeout while a worker waits in Atomics.wait with one.
const { Worker } = require("worker_threads");
const { serve } = require("./frames.js");

const work = `
const { parentPort } = require("worker_threads");
const never = new Int32Array(new SharedArrayBuffer(4));
parentPort.on("message", (reply) => {
  Atomics.wait(never, 0, 0, 400);
  parentPort.postMessage(reply);
});
`;
const worker = new Worker(work, { eval: true });
const answered = [];
worker.on("message", (reply) => answered.shift()(Buffer.from(reply)));
serve(
  (reply) =>
    new Promise((resolve) => {
      answered.push(resolve);
      worker.postMessage(reply);
    }),
);
