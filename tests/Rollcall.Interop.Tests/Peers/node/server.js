// The test service on grpc-js. Usage: server.js PROTO. Prints `port N`; ends when its standard input does.
// PEER_TLS names a folder with certificates; without it there is no TLS. With PEER_TLS_CLIENTS callers need a certificate, too.
'use strict';

const { ReflectionService } = require('@grpc/reflection');
const { certificates, definition, grpc, load, payload, unlimited, initial, trailing } = require('./service');

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

function echoMetadata(call) {
  const [first] = call.metadata.get(initial);
  if (first !== undefined) {
    const headers = new grpc.Metadata();
    headers.set(initial, first);
    call.sendMetadata(headers);
  }
  const trailers = new grpc.Metadata();
  for (const value of call.metadata.get(trailing)) {
    trailers.add(trailing, value);
  }
  return trailers;
}

const askedStatus = request => request.response_status && request.response_status.code !== 0
  ? { code: request.response_status.code, details: request.response_status.message }
  : null;

async function respond(call, request) {
  for (const { size, interval_us: interval } of request.response_parameters) {
    if (interval) {
      await sleep(interval / 1000);
    }
    call.write({ payload: payload(size) });
  }
}

const handlers = {
  EmptyCall: (call, done) => done(null, {}, echoMetadata(call)),

  UnaryCall(call, done) {
    const trailers = echoMetadata(call);
    const status = askedStatus(call.request);
    if (status) {
      done({ ...status, metadata: trailers });
    } else {
      done(null, { payload: payload(call.request.response_size) }, trailers);
    }
  },

  async StreamingOutputCall(call) {
    const trailers = echoMetadata(call);
    await respond(call, call.request);
    call.end(trailers);
  },

  StreamingInputCall(call, done) {
    const trailers = echoMetadata(call);
    let size = 0;
    call.on('data', request => { size += request.payload.body.length; });
    call.on('end', () => done(null, { aggregated_payload_size: size }, trailers));
    call.on('error', () => {});
  },

  FullDuplexCall(call) {
    const trailers = echoMetadata(call);
    let last = Promise.resolve();
    let ended = false;
    call.on('data', request => {
      last = last.then(async () => {
        const status = askedStatus(request);
        if (status && !ended) {
          ended = true;
          call.emit('error', { ...status, metadata: trailers });
        } else {
          await respond(call, request);
        }
      });
    });
    call.on('end', () => last.then(() => ended || call.end(trailers)));
    call.on('error', () => {});
  },
};

const { authority, key, certificate } = certificates();
const mutual = 'PEER_TLS_CLIENTS' in process.env;
const credentials = authority
  ? grpc.ServerCredentials.createSsl(mutual ? authority : null, [{ private_key: key, cert_chain: certificate }], mutual)
  : grpc.ServerCredentials.createInsecure();
const server = new grpc.Server(unlimited);
server.addService(load(process.argv[2]).TestService.service, handlers);
new ReflectionService(definition(process.argv[2])).addToServer(server);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) {
    throw error;
  }
  console.log(`port ${port}`);
});
process.stdin.resume().on('end', () => process.exit(0));
