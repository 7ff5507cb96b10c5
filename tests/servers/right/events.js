// Right: Node's events, whatever pieces they bring.
const net = require("net");

net.createServer((socket) => {
  let buffered = Buffer.alloc(0);
  socket.on("data", (piece) => {
    buffered = Buffer.concat([buffered, piece]);
    while (buffered.length >= 4) {
      const length = buffered.readUInt32BE(0);
      if (buffered.length < 4 + length) return;
      const characters = [...buffered.subarray(4, 4 + length).toString("utf8")];
      buffered = buffered.subarray(4 + length);
      const reply = Buffer.from(characters.slice(10).join(""), "utf8");
      const header = Buffer.alloc(4);
      header.writeUInt32BE(reply.length);
      socket.write(Buffer.concat([header, reply]));
    }
  });
  socket.on("error", () => socket.destroy());
}).listen(Number(process.env.PORT), process.env.HOST);
