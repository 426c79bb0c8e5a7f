using Grpc.Core;

namespace Rollcall.Grpc.Tests;

/// <summary>A call as a generated client handed it to its invoker.</summary>
internal sealed record RecordedCall(IMethod Method, string? Host, CallOptions Options);
