using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>On the endpoint of every mapped gRPC method, for authorization, telemetry and the like.</summary>
/// <param name="ServiceType">The class that serves it.</param>
/// <param name="Method">The method.</param>
public sealed record GrpcMethodMetadata(Type ServiceType, IMethod Method);
