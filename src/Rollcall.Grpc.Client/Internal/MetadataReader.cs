using System.Net.Http.Headers;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Received headers as metadata.</summary>
internal static class MetadataReader
{
    /// <summary>The headers of a response, also those that HTTP counts to its body, such as expires.</summary>
    public static Metadata ReadHeaders(HttpResponseMessage response)
    {
        var metadata = new Metadata();
        Add(metadata, response.Headers);
        Add(metadata, response.Content.Headers);
        return metadata;
    }

    public static Metadata Read(HttpHeaders headers)
    {
        var metadata = new Metadata();
        Add(metadata, headers);
        return metadata;
    }

    private static void Add(Metadata metadata, HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                // A malformed binary value is left out: it must not fail a call whose status is known.
                GrpcMetadata.TryAddHeader(metadata, name, value);
            }
        }
    }
}
