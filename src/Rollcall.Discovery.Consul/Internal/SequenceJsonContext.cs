using System.Text.Json.Serialization;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>Reads and writes the state of sequences.</summary>
[JsonSerializable(typeof(SequenceState))]
internal sealed partial class SequenceJsonContext : JsonSerializerContext;
