using System.Net.Http.Headers;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Received headers as metadata.</summary>
internal static class MetadataReader
{
    public static Metadata Read(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                // A malformed binary value is left out: it must not fail a call whose status is known.
                GrpcMetadata.TryAddHeader(metadata, name, value);
            }
        }

        return metadata;
    }
}
