package main

import (
	"os"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	initialKey  = "x-grpc-test-echo-initial"
	trailingKey = "x-grpc-test-echo-trailing-bin"
)

var (
	file       protoreflect.FileDescriptor
	trueValue  = protoreflect.ValueOfBool(true)
	falseValue = protoreflect.ValueOfBool(false)
)

// The messages are those of the descriptor that the tests hand over as a file: no code is generated.
func load(path string) error {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var described descriptorpb.FileDescriptorProto
	if err = proto.Unmarshal(bytes, &described); err == nil {
		file, err = protodesc.NewFile(&described, nil)
	}
	return err
}

func empty(name string) *dynamicpb.Message {
	return dynamicpb.NewMessage(file.Messages().ByName(protoreflect.Name(name)))
}

// A message from JSON with the .proto file's names.
func message(name, json string) *dynamicpb.Message {
	m := empty(name)
	if err := protojson.Unmarshal([]byte(json), m); err != nil {
		panic(err)
	}
	return m
}

// The same with a payload of this size.
func withPayload(m *dynamicpb.Message, size int) *dynamicpb.Message {
	set(sub(m, "payload"), "body", protoreflect.ValueOfBytes(make([]byte, size)))
	return m
}

func field(m protoreflect.Message, name string) protoreflect.FieldDescriptor {
	return m.Descriptor().Fields().ByName(protoreflect.Name(name))
}

func get(m protoreflect.Message, path string) protoreflect.Value {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		m = m.Get(field(m, name)).Message()
	}
	return m.Get(field(m, names[len(names)-1]))
}

func sub(m protoreflect.Message, name string) protoreflect.Message {
	return m.Mutable(field(m, name)).Message()
}

func set(m protoreflect.Message, name string, value protoreflect.Value) { m.Set(field(m, name), value) }

func payloadSize(m protoreflect.Message) int { return len(get(m, "payload.body").Bytes()) }
