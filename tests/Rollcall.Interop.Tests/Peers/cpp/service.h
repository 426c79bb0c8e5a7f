// What the C++ client and server share.
#pragma once

#include <cstdint>
#include <string>

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include "test.grpc.pb.h"

constexpr char kInitial[] = "x-grpc-test-echo-initial";
constexpr char kTrailing[] = "x-grpc-test-echo-trailing-bin";

inline void fill(grpc::testing::Payload* payload, int size) { payload->set_body(std::string(size, '\0')); }

// The library tells its own interop programs, and nobody else, whether a message came compressed. They are known by these names.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpc {
namespace testing {

class InteropClientContextInspector {
 public:
  static bool was_compressed(const ClientContext& context) {
    return (grpc_call_test_only_get_message_flags(context.call_) & kWasCompressed) != 0;
  }

  static constexpr uint32_t kWasCompressed = 0x40000000u;
};

class InteropServerContextInspector {
 public:
  static bool was_compressed(const ServerContext& context) {
    return (grpc_call_test_only_get_message_flags(context.call_.call) & InteropClientContextInspector::kWasCompressed) != 0;
  }
};

}  // namespace testing
}  // namespace grpc
