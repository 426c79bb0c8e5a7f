using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A key and its value.</summary>
public sealed record KvPair
{
    public ulong LockIndex { get; init; }

    public string Key { get; init; } = "";

    /// <summary>64 bits that belong to the user.</summary>
    public ulong Flags { get; init; }

    /// <summary>The bytes; null and empty are both written as <c>null</c>. Base64 on the wire.</summary>
    [JsonConverter(typeof(KvValueConverter))]
    public byte[]? Value { get; init; }

    /// <summary>The session that holds the lock on the key, if one does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Session { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
