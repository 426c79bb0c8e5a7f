using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>The members of an Any in JSON that are no fields of what it holds.</summary>
internal static class AnyMembers
{
    public const string Type = "@type";

    /// <summary>What it holds, where that has a JSON form of its own.</summary>
    public const string Value = "value";

    /// <summary>What it holds as bytes, where its type is unknown. protobuf has no JSON for that; a response had better be shown than refused.</summary>
    public const string Bytes = "@value";

    /// <summary>The full name in a type's address.</summary>
    public static string TypeName(string url) => url[(url.LastIndexOf('/') + 1)..];

    /// <summary>The type at an address; null when it is not known, or the text is no address.</summary>
    public static MessageDescriptor? FindType(MessageCatalog catalog, string url) =>
        url.Contains('/', StringComparison.Ordinal) ? catalog.FindMessage(TypeName(url)) : null;
}
