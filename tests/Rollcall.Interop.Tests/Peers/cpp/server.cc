// The test service on gRPC C++. Usage: server. Prints `port N`; ends when its standard input does.
#include <chrono>
#include <iostream>
#include <thread>

#include "service.h"

using namespace grpc::testing;
using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

namespace {

void echo_metadata(ServerContext* context) {
  const auto& received = context->client_metadata();
  const auto initial = received.find(kInitial);
  if (initial != received.end()) {
    context->AddInitialMetadata(kInitial, std::string(initial->second.data(), initial->second.length()));
  }
  const auto trailing = received.find(kTrailing);
  if (trailing != received.end()) {
    context->AddTrailingMetadata(kTrailing, std::string(trailing->second.data(), trailing->second.length()));
  }
}

template <typename Request>
Status asked_status(const Request& request) {
  return request.has_response_status() && request.response_status().code() != 0
             ? Status(static_cast<StatusCode>(request.response_status().code()), request.response_status().message())
             : Status::OK;
}

template <typename Request>
Status check_compression(const ServerContext& context, const Request& request) {
  if (request.has_expect_compressed() && request.expect_compressed().value() != InteropServerContextInspector::was_compressed(context)) {
    return Status(StatusCode::INVALID_ARGUMENT, "the message is not compressed as it says");
  }
  return Status::OK;
}

// Ends early, with false, when the call does.
bool sleep_for(ServerContext* context, std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (context->IsCancelled()) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// The library ends a call at its deadline itself, and once more when the service returns: a client that has not forgotten the stream by
// then has to close the connection (RFC 9113 5.1). So it returns late.
Status finish(ServerContext* context, const Status& status) {
  if (context->deadline() <= std::chrono::system_clock::now()) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return status;
}

template <typename Stream>
Status respond(ServerContext* context, const StreamingOutputCallRequest& request, Stream* stream) {
  const Status asked = asked_status(request);
  if (!asked.ok()) {
    return asked;
  }
  for (const auto& parameters : request.response_parameters()) {
    if (parameters.interval_us() > 0 && !sleep_for(context, std::chrono::microseconds(parameters.interval_us()))) {
      return Status::CANCELLED;
    }
    StreamingOutputCallResponse response;
    fill(response.mutable_payload(), parameters.size());
    grpc::WriteOptions options;
    if (parameters.has_compressed() && !parameters.compressed().value()) {
      options.set_no_compression();
    }
    stream->Write(response, options);
  }
  return Status::OK;
}

class Service final : public TestService::Service {
  Status EmptyCall(ServerContext* context, const Empty*, Empty*) override {
    echo_metadata(context);
    return Status::OK;
  }

  Status UnaryCall(ServerContext* context, const SimpleRequest* request, SimpleResponse* response) override {
    echo_metadata(context);
    if (request->response_compressed().value()) {
      context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
    const Status compression = check_compression(*context, *request);
    if (!compression.ok()) {
      return compression;
    }
    fill(response->mutable_payload(), request->response_size());
    return asked_status(*request);
  }

  Status StreamingOutputCall(
      ServerContext* context, const StreamingOutputCallRequest* request,
      grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
    echo_metadata(context);
    for (const auto& parameters : request->response_parameters()) {
      if (parameters.compressed().value()) {
        context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
      }
    }
    return respond(context, *request, writer);
  }

  Status StreamingInputCall(
      ServerContext* context, grpc::ServerReader<StreamingInputCallRequest>* reader, StreamingInputCallResponse* response) override {
    echo_metadata(context);
    StreamingInputCallRequest request;
    int size = 0;
    while (reader->Read(&request)) {
      const Status compression = check_compression(*context, request);
      if (!compression.ok()) {
        return compression;
      }
      size += request.payload().body().size();
    }
    response->set_aggregated_payload_size(size);
    return Status::OK;
  }

  Status FullDuplexCall(
      ServerContext* context, grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>* stream) override {
    echo_metadata(context);
    StreamingOutputCallRequest request;
    Status status;
    while (status.ok() && stream->Read(&request)) {
      status = respond(context, request, stream);
    }
    return finish(context, status);
  }
};

}  // namespace

int main() {
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::cout << "port " << port << std::endl;
  while (std::cin.get() != EOF) {
  }
  server->Shutdown(std::chrono::system_clock::now());
}
