using System.Globalization;

namespace Rollcall.Agent.Store.Sessions;

/// <summary>Ids of sessions as Consul reads them: hexadecimal digits in any case, with dashes anywhere.</summary>
public static class SessionId
{
    private const int Length = 36;
    private const int MaxDashes = 4;

    /// <summary>What keeps a text from being the id of a session, in Consul's words; null: nothing.</summary>
    public static string? Fault(string id) => Defect(id) is { } defect ? $"failed session lookup: index error: {defect}" : null;

    /// <summary>What keeps a text from being an id, in Consul's words; null: nothing.</summary>
    public static string? Defect(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length != Length)
        {
            return "UUID must be 36 characters";
        }

        var dashes = id.Count(static c => c == '-');
        if (dashes > MaxDashes)
        {
            return string.Create(CultureInfo.InvariantCulture, $"UUID should have maximum of 4 \"-\"; got {dashes}");
        }

        var digits = id.Replace("-", "", StringComparison.Ordinal);
        if (digits.Length % 2 != 0)
        {
            return "Invalid UUID: encoding/hex: odd length hex string";
        }

        foreach (var c in digits)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return string.Create(CultureInfo.InvariantCulture, $"Invalid UUID: encoding/hex: invalid byte: U+{(int)c:X4} '{c}'");
            }
        }

        return null;
    }

    /// <summary>The same for every way to write an id.</summary>
    public static string KeyOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
    }
}
