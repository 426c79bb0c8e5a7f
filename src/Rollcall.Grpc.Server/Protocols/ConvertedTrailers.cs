using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Trailers that an adapter puts into the body.</summary>
internal sealed class ConvertedTrailers : IHttpResponseTrailersFeature
{
    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();
}
