namespace Grpc.Core;

/// <summary>Adds authentication metadata to a call. Called once per call, possibly concurrently.</summary>
public delegate Task AsyncAuthInterceptor(AuthInterceptorContext context, Metadata metadata);
