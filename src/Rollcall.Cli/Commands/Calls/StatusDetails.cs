using System.Text.Json;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Rollcall.Cli.Commands.Calls.Protocol;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>The details of a status, out of the trailer that carries them.</summary>
internal static class StatusDetails
{
    private const string Trailer = "grpc-status-details-bin";

    private static readonly FileDescriptor[] s_standard = [StatusReflection.Descriptor, ErrorDetailsReflection.Descriptor];

    // Details may be as deep as the messages of a call.
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = JsonValueReader.MaxDepth };

    /// <param name="trailers">The call's trailers.</param>
    /// <param name="catalog">Where details of the server's own are looked up; null: the standard ones are known only.</param>
    /// <returns>Each detail as JSON; none if there are none or they can't be read, as they are an extra.</returns>
    public static IReadOnlyList<string> Read(Metadata trailers, MessageCatalog? catalog)
    {
        if (trailers.Get(Trailer) is not { IsBinary: true } entry)
        {
            return [];
        }

        // The server's files go first; if they contradict the standard ones, they don't count.
        if (!TryBuild([.. catalog?.Files ?? [], .. s_standard], out var both) && !TryBuild(s_standard, out both))
        {
            return [];
        }

        var type = both!.FindMessage("google.rpc.Status");
        if (type is null || !MessageText.TryFormat(new DynamicJson(both), type, entry.ValueBytes, isIndented: false, out var text, out _))
        {
            return [];
        }

        try
        {
            using var status = JsonDocument.Parse(text, s_options);
            return status.RootElement.TryGetProperty("details", out var details) ? [.. details.EnumerateArray().Select(static detail => detail.GetRawText())] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static bool TryBuild(IEnumerable<FileDescriptor> files, out MessageCatalog? catalog) =>
        MessageCatalog.TryBuild(files.Select(static file => file.SerializedData.Memory), out catalog, out _);
}
