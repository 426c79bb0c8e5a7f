using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Overrides nothing.</summary>
internal sealed class EmptyEchoService : Echo.EchoBase;
