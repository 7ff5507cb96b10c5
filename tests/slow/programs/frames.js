// What the servers here share: whole messages in, whole replies out.
const net = require("net");

function replyTo(payload) {
  const reply = Buffer.from([...payload.toString("utf8")].slice(10).join(""), "utf8");
  const header = Buffer.alloc(4);
  header.writeUInt32BE(reply.length);
  return Buffer.concat([header, reply]);
}

// Calls `answer` with each message, one after the other, and sends what it resolves to.
exports.serve = (answer) => {
  const serveClient = async (socket) => {
    let buffered = Buffer.alloc(0);
    for await (const piece of socket) {
      buffered = Buffer.concat([buffered, piece]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readUInt32BE(0)) {
        const end = 4 + buffered.readUInt32BE(0);
        const reply = await answer(replyTo(buffered.subarray(4, end)));
        buffered = buffered.subarray(end);
        if (!socket.write(reply)) await new Promise((resolve) => socket.once("drain", resolve));
      }
    }
    socket.end();
  };
  const options = { allowHalfOpen: true };
  net
    .createServer(options, (socket) => {
      socket.on("error", () => socket.destroy());
      serveClient(socket).catch(() => socket.destroy());
    })
    .listen(Number(process.env.PORT), process.env.HOST);
};
