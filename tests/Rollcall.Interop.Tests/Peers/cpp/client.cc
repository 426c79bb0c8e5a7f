// Cases of the test service by gRPC C++. Usage: client TARGET CASE[,CASE...] [COUNT].
// Each is done COUNT times, and told: `CASE ok`, or `CASE failed` and on the next lines why. After the last one: `done`; then it stays, with
// its connection, until its standard input ends. Ends with 0 if all passed.
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "service.h"

using namespace grpc::testing;
using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;

namespace {

constexpr int kParallel = 16;
constexpr char kInitialValue[] = "test_initial_metadata_value";
constexpr char kTrailingValue[] = "\xab\xab\xab";
constexpr char kSpecial[] = "\t\ntest with whitespace\r\nand Unicode BMP \xe2\x98\xba and non-BMP \xf0\x9f\x98\x88\t\n";

std::shared_ptr<grpc::Channel> channel;
std::unique_ptr<TestService::Stub> stub;

template <typename A, typename B>
void expect(const char* what, const A& actual, const B& expected) {
  if (!(actual == expected)) {
    std::ostringstream text;
    text << what << ": expected " << expected << ", got " << actual;
    throw std::runtime_error(text.str());
  }
}

void expect_status(const Status& status, StatusCode code) {
  if (status.error_code() != code) {
    std::ostringstream text;
    text << "expected status " << code << ", got " << status.error_code() << ": " << status.error_message();
    throw std::runtime_error(text.str());
  }
}

void expect_ok(const Status& status) { expect_status(status, StatusCode::OK); }

std::chrono::system_clock::time_point in(std::chrono::milliseconds time) { return std::chrono::system_clock::now() + time; }

struct Context : ClientContext {
  explicit Context(std::chrono::milliseconds timeout = std::chrono::seconds(20)) { set_deadline(in(timeout)); }
};

bool came_compressed(const ClientContext& context) { return InteropClientContextInspector::was_compressed(context); }

SimpleRequest large_request() {
  SimpleRequest request;
  request.set_response_size(314159);
  fill(request.mutable_payload(), 271828);
  return request;
}

StreamingOutputCallRequest output_request(int size, int payload, int interval_us = 0) {
  StreamingOutputCallRequest request;
  auto* parameters = request.add_response_parameters();
  parameters->set_size(size);
  parameters->set_interval_us(interval_us);
  fill(request.mutable_payload(), payload);
  return request;
}

StreamingInputCallRequest input_request(int size) {
  StreamingInputCallRequest request;
  fill(request.mutable_payload(), size);
  return request;
}

Status call_unary(Context* context, const SimpleRequest& request) {
  SimpleResponse response;
  const Status status = stub->UnaryCall(context, request, &response);
  if (status.ok()) {
    expect("size", static_cast<int>(response.payload().body().size()), request.response_size());
  }
  return status;
}

void empty_unary() {
  Context context;
  Empty response;
  expect_ok(stub->EmptyCall(&context, Empty(), &response));
}

void large_unary() {
  Context context;
  expect_ok(call_unary(&context, large_request()));
}

void client_compressed_unary() {
  SimpleRequest request = large_request();
  request.mutable_expect_compressed()->set_value(true);
  Context probe;
  expect_status(call_unary(&probe, request), StatusCode::INVALID_ARGUMENT);

  Context compressed;
  compressed.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  expect_ok(call_unary(&compressed, request));

  Context plain;
  request.mutable_expect_compressed()->set_value(false);
  expect_ok(call_unary(&plain, request));
}

void server_compressed_unary() {
  for (const bool compressed : {true, false}) {
    SimpleRequest request = large_request();
    request.mutable_response_compressed()->set_value(compressed);
    Context context;
    expect_ok(call_unary(&context, request));
    expect("compressed", came_compressed(context), compressed);
  }
}

void client_streaming() {
  Context context;
  StreamingInputCallResponse response;
  const auto stream = stub->StreamingInputCall(&context, &response);
  for (const int size : {27182, 8, 1828, 45904}) {
    stream->Write(input_request(size));
  }
  stream->WritesDone();
  expect_ok(stream->Finish());
  expect("size", response.aggregated_payload_size(), 74922);
}

void client_compressed_streaming() {
  StreamingInputCallRequest first = input_request(27182);
  first.mutable_expect_compressed()->set_value(true);
  StreamingInputCallRequest second = input_request(45904);
  second.mutable_expect_compressed()->set_value(false);
  grpc::WriteOptions plain;
  plain.set_no_compression();
  StreamingInputCallResponse response;

  Context probe;
  probe.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  const auto refused = stub->StreamingInputCall(&probe, &response);
  refused->Write(first, plain);
  refused->WritesDone();
  expect_status(refused->Finish(), StatusCode::INVALID_ARGUMENT);

  Context context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  const auto stream = stub->StreamingInputCall(&context, &response);
  stream->Write(first);
  stream->Write(second, plain);
  stream->WritesDone();
  expect_ok(stream->Finish());
  expect("size", response.aggregated_payload_size(), 73086);
}

void server_streaming() {
  const std::vector<int> sizes = {31415, 9, 2653, 58979};
  StreamingOutputCallRequest request;
  for (const int size : sizes) {
    request.add_response_parameters()->set_size(size);
  }
  Context context;
  const auto stream = stub->StreamingOutputCall(&context, request);
  StreamingOutputCallResponse response;
  for (const int size : sizes) {
    expect("message", stream->Read(&response), true);
    expect("size", static_cast<int>(response.payload().body().size()), size);
  }
  expect("another message", stream->Read(&response), false);
  expect_ok(stream->Finish());
}

void server_compressed_streaming() {
  const std::vector<std::pair<int, bool>> wanted = {{31415, true}, {92653, false}};
  StreamingOutputCallRequest request;
  for (const auto& one : wanted) {
    auto* parameters = request.add_response_parameters();
    parameters->set_size(one.first);
    parameters->mutable_compressed()->set_value(one.second);
  }
  Context context;
  const auto stream = stub->StreamingOutputCall(&context, request);
  StreamingOutputCallResponse response;
  for (const auto& one : wanted) {
    expect("message", stream->Read(&response), true);
    expect("size", static_cast<int>(response.payload().body().size()), one.first);
    expect("compressed", came_compressed(context), one.second);
  }
  expect("another message", stream->Read(&response), false);
  expect_ok(stream->Finish());
}

void ping_pong() {
  Context context;
  const auto stream = stub->FullDuplexCall(&context);
  StreamingOutputCallResponse response;
  for (const auto& step : std::vector<std::pair<int, int>>{{31415, 27182}, {9, 8}, {2653, 1828}, {58979, 45904}}) {
    expect("write", stream->Write(output_request(step.first, step.second)), true);
    expect("message", stream->Read(&response), true);
    expect("size", static_cast<int>(response.payload().body().size()), step.first);
  }
  stream->WritesDone();
  expect("another message", stream->Read(&response), false);
  expect_ok(stream->Finish());
}

void empty_stream() {
  Context context;
  const auto stream = stub->FullDuplexCall(&context);
  stream->WritesDone();
  StreamingOutputCallResponse response;
  expect("a message", stream->Read(&response), false);
  expect_ok(stream->Finish());
}

void timeout_on_sleeping_server() {
  // Not shorter: a deadline that passes before the library has sent the headers makes it reset a stream that was never opened, for which
  // a server has to close the connection (RFC 9113 5.1).
  Context context(std::chrono::milliseconds(100));
  const auto stream = stub->FullDuplexCall(&context);
  stream->Write(output_request(31415, 27182, 2000000));
  StreamingOutputCallResponse response;
  expect("a message", stream->Read(&response), false);
  expect_status(stream->Finish(), StatusCode::DEADLINE_EXCEEDED);
}

void cancel_after_begin() {
  Context context;
  StreamingInputCallResponse response;
  const auto stream = stub->StreamingInputCall(&context, &response);
  context.TryCancel();
  expect_status(stream->Finish(), StatusCode::CANCELLED);
}

void cancel_after_first_response() {
  Context context;
  const auto stream = stub->FullDuplexCall(&context);
  stream->Write(output_request(31415, 27182));
  StreamingOutputCallResponse response;
  expect("message", stream->Read(&response), true);
  context.TryCancel();
  expect_status(stream->Finish(), StatusCode::CANCELLED);
}

void expect_asked_status(const Status& status, const std::string& message) {
  expect_status(status, StatusCode::UNKNOWN);
  expect("message", status.error_message(), message);
}

void status_code_and_message() {
  const std::string message = "test status message";
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  Context unary;
  expect_asked_status(call_unary(&unary, request), message);

  StreamingOutputCallRequest streamed;
  *streamed.mutable_response_status() = request.response_status();
  Context duplex;
  const auto stream = stub->FullDuplexCall(&duplex);
  stream->Write(streamed);
  stream->WritesDone();
  StreamingOutputCallResponse response;
  expect("a message", stream->Read(&response), false);
  expect_asked_status(stream->Finish(), message);
}

void special_status_message() {
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(kSpecial);
  Context context;
  expect_asked_status(call_unary(&context, request), kSpecial);
}

void add_metadata(ClientContext* context) {
  context->AddMetadata(kInitial, kInitialValue);
  context->AddMetadata(kTrailing, kTrailingValue);
}

void expect_metadata(const ClientContext& context) {
  const auto& initial = context.GetServerInitialMetadata();
  const auto& trailing = context.GetServerTrailingMetadata();
  expect("initial metadata", initial.count(kInitial), 1u);
  expect("initial metadata", initial.find(kInitial)->second, grpc::string_ref(kInitialValue));
  expect("trailing metadata", trailing.count(kTrailing), 1u);
  expect("trailing metadata", trailing.find(kTrailing)->second, grpc::string_ref(kTrailingValue));
}

void custom_metadata() {
  Context unary;
  add_metadata(&unary);
  expect_ok(call_unary(&unary, large_request()));
  expect_metadata(unary);

  Context duplex;
  add_metadata(&duplex);
  const auto stream = stub->FullDuplexCall(&duplex);
  stream->Write(output_request(314159, 271828));
  stream->WritesDone();
  StreamingOutputCallResponse response;
  expect("message", stream->Read(&response), true);
  expect("another message", stream->Read(&response), false);
  expect_ok(stream->Finish());
  expect_metadata(duplex);
}

void unimplemented_method() {
  Context context;
  Empty response;
  expect_status(stub->UnimplementedCall(&context, Empty(), &response), StatusCode::UNIMPLEMENTED);
}

void unimplemented_service() {
  Context context;
  Empty response;
  expect_status(UnimplementedService::NewStub(channel)->UnimplementedCall(&context, Empty(), &response), StatusCode::UNIMPLEMENTED);
}

#define CASE(name) {#name, name}
const std::map<std::string, std::function<void()>> cases = {
    CASE(empty_unary), CASE(large_unary), CASE(client_compressed_unary), CASE(server_compressed_unary), CASE(client_streaming),
    CASE(client_compressed_streaming), CASE(server_streaming), CASE(server_compressed_streaming), CASE(ping_pong), CASE(empty_stream),
    CASE(timeout_on_sleeping_server), CASE(cancel_after_begin), CASE(cancel_after_first_response), CASE(status_code_and_message),
    CASE(special_status_message), CASE(custom_metadata), CASE(unimplemented_method), CASE(unimplemented_service),
};

// Every thread takes the next repetition until none is left; returns what went wrong, a line each.
std::string repeat(const std::function<void()>& run, int count) {
  std::atomic<int> next{0};
  std::mutex mutex;
  std::string failures;
  std::vector<std::thread> threads;
  for (int i = 0; i < std::min(count, kParallel); i++) {
    threads.emplace_back([&] {
      while (next++ < count) {
        try {
          run();
        } catch (const std::exception& e) {
          const std::lock_guard<std::mutex> lock(mutex);
          failures += std::string(e.what()) + "\n";
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  return failures;
}

std::string run_case(const std::string& name, int count) {
  const auto found = cases.find(name);
  return found == cases.end() ? "there is no such case\n" : repeat(found->second, count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: client TARGET CASE[,CASE...] [COUNT]\n";
    return 2;
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  channel = grpc::CreateCustomChannel(argv[1], grpc::InsecureChannelCredentials(), arguments);
  stub = TestService::NewStub(channel);
  // A deadline is for the case: not for connecting.
  const std::string connecting = repeat(empty_unary, 1);
  if (!connecting.empty()) {
    std::cerr << connecting;
    return 1;
  }
  int failed = 0;
  std::istringstream names(argv[2]);
  for (std::string name; std::getline(names, name, ',');) {
    const std::string failures = run_case(name, argc > 3 ? std::stoi(argv[3]) : 1);
    std::cout << name << (failures.empty() ? " ok" : " failed") << "\n" << failures << std::flush;
    failed += failures.empty() ? 0 : 1;
  }
  std::cout << "done" << std::endl;
  while (std::cin.get() != EOF) {
  }
  return failed == 0 ? 0 : 1;
}
