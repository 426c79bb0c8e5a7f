using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc;

/// <summary>Metadata entries to HTTP headers and back.</summary>
public static class GrpcMetadata
{
    private static readonly SearchValues<char> s_base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    /// <summary>
    /// True for headers that belong to the protocol and not to the application: they are neither shown as metadata nor taken from it.
    /// </summary>
    /// <param name="name">Header name, any case.</param>
    public static bool IsReserved(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || name[0] == ':')
        {
            return true;
        }

        // By length first: this runs for every header of every call that looks at its metadata.
        return name.Length switch
        {
            2 => Is(name, "te"),
            4 => Is(name, "host"),
            7 => Is(name, "trailer") || Is(name, "upgrade"),
            10 => Is(name, "connection") || Is(name, "keep-alive"),
            11 => Is(name, GrpcProtocol.StatusHeader),
            12 => Is(name, "content-type") || Is(name, GrpcProtocol.TimeoutHeader) || Is(name, GrpcProtocol.MessageHeader),
            13 => Is(name, GrpcProtocol.EncodingHeader),
            14 => Is(name, "content-length"),
            17 => Is(name, "transfer-encoding"),
            20 => Is(name, GrpcProtocol.AcceptEncodingHeader),
            _ => false,
        };

        static bool Is(string name, string reserved) => string.Equals(name, reserved, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True when a header of this name carries bytes.</summary>
    public static bool IsBinary(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Metadata.Entry.HasBinarySuffix(name);
    }

    /// <summary>The header value of an entry: its text, or its bytes as unpadded base64.</summary>
    public static string GetHeaderValue(Metadata.Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.IsBinary ? EncodeBinary(entry.BinaryValue) : entry.Value;
    }

    /// <summary>Bytes as unpadded base64.</summary>
    public static string EncodeBinary(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <summary>Reads base64 with or without padding; false when it is malformed.</summary>
    public static bool TryDecodeBinary(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        text = text.TrimEnd('=');
        if (text.ContainsAnyExcept(s_base64Characters) || text.Length % 4 == 1)
        {
            return false;
        }

        var padded = ((text.Length + 3) / 4) * 4;
        var rented = ArrayPool<char>.Shared.Rent(padded);
        try
        {
            text.CopyTo(rented);
            rented.AsSpan(text.Length, padded - text.Length).Fill('=');
            var decoded = new byte[text.Length * 3 / 4];
            if (!Convert.TryFromBase64Chars(rented.AsSpan(0, padded), decoded, out var written) || written != decoded.Length)
            {
                return false;
            }

            bytes = decoded;
            return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Adds what one received header says. Reserved names are passed over; a binary header may hold several values separated by commas,
    /// which become several entries.
    /// </summary>
    /// <returns>False when the name is no metadata key or a binary value is malformed; that value is then left out.</returns>
    public static bool TryAddHeader(Metadata target, string name, string value)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (IsReserved(name))
        {
            return true;
        }

#pragma warning disable CA1308 // keys are lower case (RFC 9113 8.2.1); servers hand out known headers in their canonical case
        var key = name.ToLowerInvariant();
#pragma warning restore CA1308
        if (!Metadata.Entry.IsValidKey(key))
        {
            return false;
        }

        if (!Metadata.Entry.HasBinarySuffix(key))
        {
            target.Add(Metadata.Entry.FromWire(key, value));
            return true;
        }

        var valid = true;
        foreach (var part in value.AsSpan().Split(','))
        {
            if (TryDecodeBinary(value.AsSpan(part).Trim(), out var bytes))
            {
                target.Add(Metadata.Entry.FromWire(key, bytes));
            }
            else
            {
                valid = false;
            }
        }

        return valid;
    }
}
