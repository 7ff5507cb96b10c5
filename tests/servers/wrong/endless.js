// Wrong: a reply that never ends.
const net = require("net");

net.createServer((socket) => {
  const more = () => {
    while (socket.write("x".repeat(1024)));
  };
  socket.once("data", more);
  socket.on("drain", more);
  socket.on("error", () => socket.destroy());
}).listen(Number(process.env.PORT), process.env.HOST);
