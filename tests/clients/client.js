// A right client that a harness drives: a line of JSON in, a line of JSON out.
"use strict";

const net = require("node:net");
const readline = require("node:readline");

class Client {
  constructor(socket) {
    this.socket = socket;
    this.pieces = [];
    this.length = 0;
    this.ended = false;
    this.wake = () => {};
    socket.on("data", (piece) => {
      this.pieces.push(piece);
      this.length += piece.length;
      this.wake();
    });
    // A reset is an "error" first; either way nothing more comes.
    socket.on("error", () => {});
    socket.on("close", () => this.end());
    socket.on("end", () => this.end());
  }

  static connect({ host, port, buffer_size }) {
    return new Promise((resolve, reject) => {
      const options = { host, port, allowHalfOpen: true, readableHighWaterMark: buffer_size };
      const socket = net.connect(options, () => resolve(new Client(socket)));
      socket.once("error", reject);
    });
  }

  end() {
    this.ended = true;
    this.wake();
  }

  sendMessage({ message }) {
    const payload = Buffer.from(message, "utf8");
    const header = Buffer.alloc(4);
    header.writeUInt32BE(payload.length);
    return new Promise((resolve, reject) => {
      this.socket.write(Buffer.concat([header, payload]), (error) => (error ? reject(error) : resolve({})));
    });
  }

  async receiveMessage() {
    const header = await this.take(4);
    const payload = header && (await this.take(header.readUInt32BE()));
    return payload ? { payload: payload.toString("utf8"), received: true } : { payload: "", received: false };
  }

  // The next bytes of the stream; null where it ends before they have come.
  async take(length) {
    while (this.length < length && !this.ended) {
      await new Promise((resolve) => (this.wake = resolve));
    }
    if (this.length < length) {
      return null;
    }
    const all = Buffer.concat(this.pieces);
    this.pieces = [all.subarray(length)];
    this.length -= length;
    return all.subarray(0, length);
  }

  shutDown() {
    this.socket.destroy();
    return {};
  }
}

async function main() {
  let client;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    let answer = {};
    try {
      switch (request.do) {
        case "connect":
          client = await Client.connect(request);
          break;
        case "send_message":
          answer = await client.sendMessage(request);
          break;
        case "receive_message":
          answer = await client.receiveMessage();
          break;
        case "shutdown":
          answer = client.shutDown();
          break;
        default:
          answer = { error: `unknown operation ${request.do}` };
      }
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

main();
