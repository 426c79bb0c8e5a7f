using System.Net;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>What a gRPC response that came by HTTP says of its instance.</summary>
public sealed class HttpOutcomeTests
{
    [Theory]
    [InlineData("0", CallResult.Success)]
    [InlineData("1", CallResult.Cancelled)] // the caller's own wish
    [InlineData("2", CallResult.Failure)]
    [InlineData("3", CallResult.Success)]
    [InlineData("4", CallResult.Failure)]
    [InlineData("5", CallResult.Success)]
    [InlineData("7", CallResult.Success)]
    [InlineData("8", CallResult.Failure)]
    [InlineData("9", CallResult.Success)]
    [InlineData("12", CallResult.Success)]
    [InlineData("13", CallResult.Failure)]
    [InlineData("14", CallResult.Failure)]
    [InlineData("15", CallResult.Failure)]
    [InlineData("16", CallResult.Success)]
    [InlineData("many", CallResult.Failure)]
    [InlineData(null, CallResult.Failure)] // it broke off
    public void GrpcStatus_DecidesInTrailersAndInHeaders(string? status, CallResult expected)
    {
        using var inTrailers = Response("application/grpc+proto");
        using var inHeaders = Response("application/grpc");
        if (status is not null)
        {
            inTrailers.TrailingHeaders.Add("grpc-status", status);
            inHeaders.Headers.Add("grpc-status", status);
        }

        Assert.Equal(expected, HttpOutcome.Of(inTrailers));
        Assert.Equal(expected, HttpOutcome.Of(inHeaders));
    }

    [Theory]
    [InlineData("application/json", "2.0")]
    [InlineData("application/grpc", "1.1")]
    public void OtherResponse_NeedsNoGrpcStatus(string type, string version)
    {
        using var response = Response(type);
        response.Version = Version.Parse(version);

        Assert.Equal(CallResult.Success, HttpOutcome.Of(response));
    }

    private static HttpResponseMessage Response(string type) => new(HttpStatusCode.OK)
    {
        Version = HttpVersion.Version20,
        Content = new ByteArrayContent([]) { Headers = { { "Content-Type", type } } },
    };
}
