using System.Collections;
using System.Net;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Configuration;
using Rollcall.Agent.Dns;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Configuration;

public sealed class RestartSettingsTests
{
    // What no file says, and what a reload does change: the files of TLS and what is wanted of clients are read again.
    private static readonly string[] s_exceptions =
    [
        "ConfigurationReloaded", "DedicatedProcess", "LoggerFactory", "Middleware", "ReloadConfiguration", "TimeProvider", "Transport",
        "Tls.AuthorityDirectory", "Tls.AuthorityFile", "Tls.CertificateFile", "Tls.CipherSuites", "Tls.KeyFile", "Tls.MinVersion", "Tls.VerifyIncoming",
    ];

    private static readonly Type[] s_groups = [typeof(AclOptions), typeof(AgentLimitOptions), typeof(AgentTlsOptions), typeof(DnsServerOptions)];

    [Theory]
    [MemberData(nameof(Options))]
    public void ChangedOption_IsNamed(string path)
    {
        using var log = new LogCollector();
        var (before, after) = (new ConsulAgentOptions(), new ConsulAgentOptions());
        RestartSettings.Warn(log.CreateLogger("x"), before, after);
        Assert.Empty(log.Entries);
        object owner = after;
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            owner = owner.GetType().GetProperty(name)!.GetValue(owner)!;
        }

        Change(owner, owner.GetType().GetProperty(names[^1])!);
        RestartSettings.Warn(log.CreateLogger("x"), before, after);

        Assert.StartsWith("What has changed in the configuration counts only after a restart: ", Assert.Single(log.Entries).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(", ", log.Entries[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exceptions_AreOptions() => Assert.All(s_exceptions, name => Assert.Contains(name, All(typeof(ConsulAgentOptions), "")));

    [Theory]
    [InlineData("metrics_prefix = \"shop\"", "telemetry.metrics_prefix")]
    [InlineData("prefix_filter = [\"-a\"]", "telemetry.prefix_filter")]
    [InlineData("filter_default = false", "telemetry.filter_default")]
    [InlineData("statsd_address = \"127.0.0.1:1\"", "telemetry.disable_hostname")]
    public void ChangedNamesOfMeasurements_AreNamed(string telemetry, string name)
    {
        using var log = new LogCollector();
        var (before, after) = (new AgentConfiguration(), new AgentConfiguration());
        after.AddText("x", $"telemetry {{ {telemetry} }}", "hcl");

        RestartSettings.Warn(log.CreateLogger("x"), before.ToOptions(), after.ToOptions());

        Assert.Equal($"What has changed in the configuration counts only after a restart: {name}", Assert.Single(log.Entries).Message);
    }

    public static TheoryData<string> Options() => [.. All(typeof(ConsulAgentOptions), "").Except(s_exceptions)];

    private static IEnumerable<string> All(Type type, string prefix) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property => s_groups.Contains(property.PropertyType) ? All(property.PropertyType, $"{prefix}{property.Name}.") : [prefix + property.Name]);

    private static void Change(object owner, PropertyInfo property)
    {
        var value = property.GetValue(owner);
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (value is IDictionary<string, TimeSpan> times)
        {
            times["other"] = TimeSpan.FromSeconds(7);
        }
        else if (value is IList { IsFixedSize: false } list)
        {
            list.Add("other");
        }
        else
        {
            property.SetValue(owner, type switch
            {
                _ when type == typeof(string) => "other",
                _ when type == typeof(bool) => value is not true,
                _ when type == typeof(int) => (int)(value ?? 0) + 7,
                _ when type == typeof(long) => (long)(value ?? 0L) + 7,
                _ when type == typeof(double) => (double)value! + 7,
                _ when type == typeof(TimeSpan) => (TimeSpan)value! + TimeSpan.FromSeconds(7),
                _ when type == typeof(UnixFileMode) => UnixFileMode.UserRead,
                _ when type == typeof(IReadOnlyDictionary<string, string>) => new Dictionary<string, string> { ["other"] = "1" },
                _ when type == typeof(IReadOnlyList<string>) => new[] { "other" },
                _ when type == typeof(IReadOnlyList<IPNetwork>) => new[] { IPNetwork.Parse("10.0.0.0/8") },
                _ => throw new NotSupportedException($"{property.Name} is a {type}: say here how it may differ."),
            });
        }
    }
}
