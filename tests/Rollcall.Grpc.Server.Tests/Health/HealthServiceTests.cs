using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Grpc.Server.Health;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Tests.Health;

public sealed class HealthServiceTests
{
    private const string Check = "/grpc.health.v1.Health/Check";
    private const string List = "/grpc.health.v1.Health/List";

    [Theory]
    [InlineData("")]
    [InlineData("rollcall.test.Echo")]
    public async Task ServerWithoutChecks_IsServingWithEveryMappedService(string service)
    {
        await using var server = await StartAsync();

        Assert.Equal(ServingStatus.Serving, await CheckAsync(server, service));
    }

    [Fact]
    public async Task UnknownService_IsNotFound()
    {
        await using var server = await StartAsync();

        var response = await server.Caller.CallAsync(Check, new HealthCheckRequest { Service = "nobody" });

        Assert.Equal("5", response.GrpcStatus);
    }

    [Fact]
    public async Task StatusSetByHand_IsAnsweredUntilCleared()
    {
        await using var server = await StartAsync();
        var status = server.Services.GetRequiredService<GrpcHealthStatus>();

        status.Set("own.Service", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(server, "own.Service"));
        Assert.Equal(ServingStatus.Serving, await CheckAsync(server, ""));

        status.Set("", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(server, "rollcall.test.Echo"));

        status.Clear("");
        status.Clear("own.Service");
        Assert.Equal(ServingStatus.Serving, await CheckAsync(server, ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => status.Set("", ServingStatus.ServiceUnknown));
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, ServingStatus.Serving)]
    [InlineData(HealthStatus.Degraded, ServingStatus.Serving)]
    [InlineData(HealthStatus.Unhealthy, ServingStatus.NotServing)]
    public async Task HealthChecks_DecideWhenACallerAsks(HealthStatus reported, ServingStatus expected)
    {
        await using var server = await StartAsync(services =>
            services.AddHealthChecks().AddCheck("dependency", () => new HealthCheckResult(reported)));
        server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));

        Assert.Equal(expected, await CheckAsync(server, ""));
    }

    [Fact]
    public async Task List_HasTheServerAndEveryServiceThatIsMappedOrSet()
    {
        await using var server = await StartAsync();
        var status = server.Services.GetRequiredService<GrpcHealthStatus>();

        Assert.Equal(" Serving, grpc.health.v1.Health Serving, rollcall.test.Echo Serving", await ListAsync(server));

        status.Set("own.Service", ServingStatus.NotServing);
        status.Set("rollcall.test.Echo", ServingStatus.Unknown);
        Assert.Equal(
            " Serving, grpc.health.v1.Health Serving, own.Service NotServing, rollcall.test.Echo Unknown", await ListAsync(server));

        status.Clear("own.Service");
        status.ShutDown();
        Assert.Equal(" NotServing, grpc.health.v1.Health NotServing, rollcall.test.Echo NotServing", await ListAsync(server));
    }

    [Fact]
    public async Task List_RunsEachHealthCheckOnce()
    {
        var runs = 0;
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services
                .AddGrpcHealthChecks(options =>
                {
                    options.Services.MapService("rollcall.test.Echo", check => check.Name == "queue");
                    options.Services.MapService("database", check => check.Name == "database");
                    options.Services.MapService("nothing", _ => false);
                })
                .AddCheck("database", () => HealthCheckResult.Unhealthy())
                .AddCheck("queue", () =>
                {
                    Interlocked.Increment(ref runs);
                    return HealthCheckResult.Degraded();
                }),
            map: Map);
        server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));

        Assert.Equal(
            " NotServing, database NotServing, grpc.health.v1.Health NotServing, nothing Serving, rollcall.test.Echo Serving", await ListAsync(server));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task List_OfMoreThanAHundredServices_IsRefused()
    {
        await using var server = await StartAsync();
        var status = server.Services.GetRequiredService<GrpcHealthStatus>();
        for (var i = 0; i < 97; i++)
        {
            status.Set($"service{i}", ServingStatus.Serving);
        }

        Assert.Equal(100, (await ListAsync(server)).Split(',').Length);
        status.Set("one.more", ServingStatus.Serving);
        Assert.Equal("8", (await server.Caller.CallAsync(List, new HealthListRequest())).GrpcStatus);
    }

    [Fact]
    public async Task Watch_TellsEveryChangeAndEndsWhenTheServerStops()
    {
        await using var server = await StartAsync();
        var status = server.Services.GetRequiredService<GrpcHealthStatus>();
        await using var watch = await HealthWatch.OpenAsync(server, "later");

        Assert.Equal(ServingStatus.ServiceUnknown, await watch.ReadAsync());
        status.Set("later", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await watch.ReadAsync());
        status.Set("later", ServingStatus.Serving);
        status.Set("later", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());
        status.Set("later", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await watch.ReadAsync());

        var stopped = server.StopAsync();
        Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());
        Assert.Equal("0", await watch.ReadEndAsync());
        await stopped.WithinAsync();
    }

    [Fact]
    public async Task PublishedReport_WakesTheWatch()
    {
        var reported = HealthStatus.Healthy;
        await using var server = await StartAsync(services =>
        {
            services.AddHealthChecks().AddCheck("dependency", () => new HealthCheckResult(reported));
            services.Configure<HealthCheckPublisherOptions>(options =>
            {
                options.Delay = TimeSpan.Zero;
                options.Period = TimeSpan.FromSeconds(1);
            });
        });
        server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));
        await using var watch = await HealthWatch.OpenAsync(server);

        Assert.Equal(ServingStatus.Serving, await watch.ReadAsync());
        reported = HealthStatus.Unhealthy;
        Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());
    }

    [Fact]
    public async Task ServiceWithChecksOfItsOwn_HasTheirStatus()
    {
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services
                .AddGrpcHealthChecks(options =>
                {
                    options.Services.MapService("rollcall.test.Echo", check => check.Tags.Contains("echo"));
                    options.Services.MapService("database", check => check.Name == "database");
                    options.Services.MapService("nothing", _ => false);
                })
                .AddCheck("database", () => HealthCheckResult.Unhealthy())
                .AddCheck("queue", () => HealthCheckResult.Healthy(), ["echo"]),
            map: app =>
            {
                app.MapGrpcService<EchoService>();
                app.MapGrpcHealthChecksService();
            });
        server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));

        Assert.Equal(ServingStatus.NotServing, await CheckAsync(server, ""));
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(server, "grpc.health.v1.Health"));
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(server, "database"));
        Assert.Equal(ServingStatus.Serving, await CheckAsync(server, "rollcall.test.Echo"));
        Assert.Equal(ServingStatus.Serving, await CheckAsync(server, "nothing"));
    }

    [Fact]
    public async Task CheckThatChangesBehindAnUnhealthyOne_WakesTheWatch()
    {
        var reported = HealthStatus.Healthy;
        await using var server = await GrpcTestServer.StartAsync(
            services: services =>
            {
                services.AddGrpcHealthChecks(options => options.Services.MapService("queue", check => check.Name == "queue"))
                    .AddCheck("database", () => HealthCheckResult.Unhealthy())
                    .AddCheck("queue", () => new HealthCheckResult(reported));
                services.Configure<HealthCheckPublisherOptions>(options =>
                {
                    options.Delay = TimeSpan.Zero;
                    options.Period = TimeSpan.FromSeconds(1);
                });
            },
            map: app => app.MapGrpcHealthChecksService());
        server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));
        await using var watch = await HealthWatch.OpenAsync(server, "queue");

        Assert.Equal(ServingStatus.Serving, await watch.ReadAsync());
        reported = HealthStatus.Unhealthy;
        Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());
    }

    [Fact]
    public async Task MappingWithoutAddGrpcHealth_NamesTheFix()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => GrpcTestServer.StartAsync(map: app => app.MapGrpcHealthService()));

        Assert.Contains("AddGrpcHealth()", error.Message, StringComparison.Ordinal);
    }

    private static Task<GrpcTestServer> StartAsync(Action<IServiceCollection>? services = null) => GrpcTestServer.StartAsync(
        services: collection =>
        {
            collection.AddGrpcHealth();
            services?.Invoke(collection);
        },
        map: Map);

    private static void Map(IEndpointRouteBuilder app)
    {
        app.MapGrpcService<EchoService>();
        app.MapGrpcHealthService();
    }

    private static async Task<ServingStatus> CheckAsync(GrpcTestServer server, string service)
    {
        var response = await server.Caller.CallAsync(Check, new HealthCheckRequest { Service = service });
        Assert.Equal("0", response.GrpcStatus);
        return Assert.Single(response.Messages(HealthCheckResponse.Parser)).Status;
    }

    private static async Task<string> ListAsync(GrpcTestServer server)
    {
        var response = await server.Caller.CallAsync(List, new HealthListRequest());
        Assert.Equal("0", response.GrpcStatus);
        var statuses = Assert.Single(response.Messages(HealthListResponse.Parser)).Statuses;
        return string.Join(", ", statuses.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key} {entry.Value.Status}"));
    }
}
