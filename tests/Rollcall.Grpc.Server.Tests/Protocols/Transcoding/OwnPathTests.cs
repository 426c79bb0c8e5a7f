using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server.Tests.Twins;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

/// <summary>Rules at the path that a method has in gRPC: each call there would find two endpoints.</summary>
public sealed class OwnPathTests
{
    [Fact]
    public async Task RuleAtThePathOfItsMethod_StopsTheStart()
    {
        await using var app = CreateApp();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<OwnService>());

        Assert.Contains("rule of rollcall.test.twins.Own.Call", error.Message, StringComparison.Ordinal);
        Assert.Contains("'POST /rollcall.test.twins.Own/Call'", error.Message, StringComparison.Ordinal);
        Assert.Contains("EnableJsonTranscoding = false", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RuleAtTheGetOfItsMethod_StopsTheStart()
    {
        await using var app = CreateApp();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<LookedService>());

        Assert.Contains("'GET /rollcall.test.twins.Looked/Look'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RuleAtThePathOfAnotherMethod_StopsTheStartInAnyOrder(bool ruleFirst)
    {
        await using var app = CreateApp();

        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            if (ruleFirst)
            {
                app.MapGrpcService<ForeignService>();
                app.MapGrpcService<PlainService>();
            }
            else
            {
                app.MapGrpcService<PlainService>();
                app.MapGrpcService<ForeignService>();
            }
        });

        Assert.Contains("rule of rollcall.test.twins.Foreign.Call", error.Message, StringComparison.Ordinal);
        Assert.Contains("gRPC has the route", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutRoutes_TheServiceIsMapped()
    {
        await using var app = CreateApp(options => options.EnableJsonTranscoding = false);

        app.MapGrpcService<OwnService>();
        app.MapGrpcService<ForeignService>();
        app.MapGrpcService<PlainService>();
    }

    [Fact]
    public async Task OneServiceForTwoHosts_IsMappedTwice()
    {
        await using var app = CreateApp();

        app.MapGrpcService<LibraryService>().RequireHost("a.example");
        app.MapGrpcService<LibraryService>().RequireHost("b.example");
    }

    private static WebApplication CreateApp(Action<GrpcServiceOptions>? options = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddGrpc(options);
        return builder.Build();
    }

    private sealed class OwnService : Own.OwnBase;

    private sealed class LookedService : Looked.LookedBase;

    private sealed class ForeignService : Foreign.ForeignBase;

    private sealed class PlainService : Plain.PlainBase;
}
