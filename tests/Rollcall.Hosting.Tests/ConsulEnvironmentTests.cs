using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rollcall.Consul;
using Rollcall.Grpc.Client.DependencyInjection;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>Variables of the process that can't be used stop the start of a host with the words that name them.</summary>
[Collection(AloneCollection.Name)]
public sealed class ConsulEnvironmentTests
{
    [Theory]
    [InlineData("CONSUL_HTTP_ADDR", "http://", "CONSUL_HTTP_ADDR is not an address that can be used: give host:port, ")]
    [InlineData("CONSUL_HTTP_SSL", "foo", "CONSUL_HTTP_SSL is 'foo': set it to true or false.")]
    [InlineData("CONSUL_HTTP_TOKEN_FILE", "/no/such/token", "CONSUL_HTTP_TOKEN_FILE is '/no/such/token', which cannot be read: ")]
    public async Task VariableThatCannotBeUsed_StopsTheStartAndIsNamed(string variable, string value, string fault)
    {
        using var set = new Variable(variable, value);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddServiceRegistration("worker", static o => (o.Address, o.Port) = ("10.0.0.1", 99));
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WithinAsync());

        Assert.Equal(typeof(ConsulClientOptions), error.OptionsType);
        Assert.StartsWith(fault, Assert.Single(error.Failures), StringComparison.Ordinal);
        Assert.StartsWith(fault, Assert.Throws<FormatException>(static () => new ConsulClientOptions()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GrpcClientAlone_NamesTheVariable()
    {
        using var set = new Variable("CONSUL_HTTP_SSL", "foo");
        var services = new ServiceCollection();
        services.AddGrpcClient<object>("consul:///orders").ConfigureGrpcClientCreator(static invoker => invoker);
        using var provider = services.BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<GrpcClientFactory>().CreateClient<object>("Object"));

        Assert.Equal("CONSUL_HTTP_SSL is 'foo': set it to true or false.", error.Message);
    }

    private sealed class Variable : IDisposable
    {
        private readonly string _name;
        private readonly string? _before;

        public Variable(string name, string value)
        {
            (_name, _before) = (name, Environment.GetEnvironmentVariable(name));
            Environment.SetEnvironmentVariable(name, value);
        }

        public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
    }
}
