namespace Rollcall.Grpc.Client.Tests;

/// <summary>Tests that listen to what the whole process emits, and so run while no other test does.</summary>
[CollectionDefinition("telemetry", DisableParallelization = true)]
public sealed class TelemetryCollection;
