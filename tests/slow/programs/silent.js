// Silent: Node waits for events, and replies to none.
const net = require("net");

net.createServer((socket) => {
  socket.on("data", () => {});
  socket.on("error", () => socket.destroy());
}).listen(Number(process.env.PORT), process.env.HOST);
