// The test service on connect-node. Usage: server.js DESCRIPTOR. Prints `port N`; ends when its standard input does.
'use strict';

const http2 = require('node:http2');
const { ConnectError } = require('@connectrpc/connect');
const { connectNodeAdapter } = require('@connectrpc/connect-node');
const { load, payload, initial, trailing } = require('./service');

// Ends early when the caller is gone.
const sleep = (ms, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});

function echoMetadata(context) {
  if (context.requestHeader.has(initial)) {
    context.responseHeader.set(initial, context.requestHeader.get(initial));
  }
  if (context.requestHeader.has(trailing)) {
    context.responseTrailer.set(trailing, context.requestHeader.get(trailing));
  }
}

function endAsAsked({ responseStatus }) {
  if (responseStatus && responseStatus.code !== 0) {
    throw new ConnectError(responseStatus.message, responseStatus.code);
  }
}

async function* respond(request, context) {
  endAsAsked(request);
  for (const { size, intervalUs } of request.responseParameters) {
    if (intervalUs) {
      await sleep(intervalUs / 1000, context.signal);
      context.signal.throwIfAborted();
    }
    yield { payload: payload(size) };
  }
}

const handlers = {
  emptyCall(_, context) {
    echoMetadata(context);
    return {};
  },

  unaryCall(request, context) {
    echoMetadata(context);
    endAsAsked(request);
    return { payload: payload(request.responseSize) };
  },

  async *streamingOutputCall(request, context) {
    echoMetadata(context);
    yield* respond(request, context);
  },

  async streamingInputCall(requests, context) {
    echoMetadata(context);
    let aggregatedPayloadSize = 0;
    for await (const request of requests) {
      aggregatedPayloadSize += request.payload.body.length;
    }
    return { aggregatedPayloadSize };
  },

  async *fullDuplexCall(requests, context) {
    echoMetadata(context);
    for await (const request of requests) {
      yield* respond(request, context);
    }
  },
};

const service = load(process.argv[2])('TestService');
const server = http2.createServer(connectNodeAdapter({ routes: router => router.service(service, handlers) }));
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
process.stdin.resume().on('end', () => process.exit(0));
