using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Durability;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Durability;

/// <summary>Rows as bytes: JSON, with a checksum over name and JSON, because SQLite has none.</summary>
internal static class RowCodec
{
    private static readonly ServiceProxy s_noProxy = new();

    /// <summary>Writes the JSON of what a row holds.</summary>
    public static void Encode(Utf8JsonWriter writer, StoreTable table, object value)
    {
        if (value is KvPair pair)
        {
            // Of all rows it is written most, and the serializer takes twice as long.
            KvJson.Pair(writer, pair);
        }
        else
        {
            JsonSerializer.Serialize(writer, value, TypeOf(table));
        }

        writer.Flush();
    }

    /// <exception cref="JsonException">The bytes are no such row.</exception>
    public static object Decode(StoreTable table, ReadOnlySpan<byte> json)
    {
        var value = JsonSerializer.Deserialize(json, TypeOf(table)) ?? throw new JsonException("A row holds null.");

        // Rows of before there were services of a mesh have these parts, empty; most services have none, and no room is to be spent on that.
        return value is NodeService { Kind: null } service && (service.Proxy == s_noProxy || service.Connect?.Native == false)
            ? service with { Proxy = service.Proxy == s_noProxy ? null : service.Proxy, Connect = service.Connect?.Native == true ? service.Connect : null }
            : value;
    }

    /// <summary>CRC-32C of both.</summary>
    public static long Checksum(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) => Add(Add(uint.MaxValue, name), json) ^ uint.MaxValue;

    private static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            sum = BitOperations.Crc32C(sum, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in bytes[(bytes.Length & ~7)..])
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        return sum;
    }

    private static JsonTypeInfo TypeOf(StoreTable table) => table switch
    {
        StoreTable.Node => RowJsonContext.Default.CatalogNode,
        StoreTable.Service or StoreTable.LocalService => RowJsonContext.Default.NodeService,
        StoreTable.Check => RowJsonContext.Default.HealthCheck,
        StoreTable.Kv => ConsulJsonContext.Default.KvPair,
        StoreTable.Session => RowJsonContext.Default.Session,
        StoreTable.AclToken => RowJsonContext.Default.AclToken,
        StoreTable.AclPolicy => RowJsonContext.Default.AclPolicy,
        StoreTable.AclRole => RowJsonContext.Default.AclRole,
        StoreTable.AclAuthMethod => RowJsonContext.Default.AclAuthMethod,
        StoreTable.AclBindingRule => RowJsonContext.Default.AclBindingRule,
        StoreTable.AclBootstrap => RowJsonContext.Default.AclBootstrap,
        StoreTable.LocalCheck => RowJsonContext.Default.LocalCheck,
        StoreTable.Coordinate => RowJsonContext.Default.NodeCoordinate,
        StoreTable.ConfigEntry => RowJsonContext.Default.ConfigEntry,
        StoreTable.Intention => RowJsonContext.Default.Intention,
        StoreTable.Query => RowJsonContext.Default.PreparedQuery,
        StoreTable.Index => RowJsonContext.Default.KeptIndex,
        StoreTable.Autopilot => RowJsonContext.Default.AutopilotSettings,
        _ => throw new JsonException($"There is no table {(int)table}; was the file written by a newer version?"),
    };
}
