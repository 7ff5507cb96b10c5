// Slow: a timer of 300 ms before each reply.
const { serve } = require("./frames.js");

serve((reply) => new Promise((resolve) => setTimeout(() => resolve(reply), 300)));
