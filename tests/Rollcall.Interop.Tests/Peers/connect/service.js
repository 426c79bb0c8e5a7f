// The test service's definition, from the descriptor that the tests hand over as a file. NODE_PATH names where the packages lie.
'use strict';

const { readFileSync } = require('node:fs');
const { createFileRegistry, create, fromBinary } = require('@bufbuild/protobuf');
const { protoCamelCase } = require('@bufbuild/protobuf/reflect');
const { FileDescriptorProtoSchema, FileDescriptorSetSchema } = require('@bufbuild/protobuf/wkt');

exports.load = path => {
  const file = fromBinary(FileDescriptorProtoSchema, readFileSync(path));
  // Generated C# keeps no JSON names in its descriptors.
  for (const field of file.messageType.flatMap(message => message.field)) {
    field.jsonName ||= protoCamelCase(field.name);
  }
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  return name => registry.getService(`grpc.testing.${name}`);
};
exports.payload = size => ({ type: 0, body: new Uint8Array(size) });
exports.initial = 'x-grpc-test-echo-initial';
exports.trailing = 'x-grpc-test-echo-trailing-bin';
