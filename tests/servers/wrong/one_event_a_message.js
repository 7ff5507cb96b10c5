// Wrong: takes one event for one message.
const net = require("net");

net.createServer((socket) => {
  socket.on("data", (data) => {
    const reply = Buffer.from(data.subarray(4).toString("utf8").slice(10), "utf8");
    const header = Buffer.alloc(4);
    header.writeUInt32BE(reply.length);
    socket.write(Buffer.concat([header, reply]));
  });
  socket.on("error", () => socket.destroy());
}).listen(Number(process.env.PORT), process.env.HOST);
