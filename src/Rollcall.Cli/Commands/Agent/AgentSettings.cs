using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>What files and options ask of an agent, together. Null is what nobody asked for.</summary>
internal sealed class AgentSettings
{
    private readonly List<ServiceConfig> _services = [];
    private readonly List<CheckConfig> _checks = [];

    public int? HttpPort { get; set; }

    public string? BindAddress { get; set; }

    public string? ClientAddress { get; set; }

    public string? AdvertiseAddress { get; set; }

    public string? NodeName { get; set; }

    public string? Datacenter { get; set; }

    public string? LogLevel { get; set; }

    public string? DataDirectory { get; set; }

    public IReadOnlyList<ServiceConfig> Services => _services;

    public IReadOnlyList<CheckConfig> Checks => _checks;

    /// <summary>Takes a file's settings over earlier ones; its services and checks come in addition.</summary>
    public void Apply(AgentConfigFile file)
    {
        HttpPort = file.Ports?.Http ?? HttpPort;
        BindAddress = file.BindAddr ?? BindAddress;
        ClientAddress = file.ClientAddr ?? ClientAddress;
        NodeName = file.NodeName ?? NodeName;
        Datacenter = file.Datacenter ?? Datacenter;
        LogLevel = file.LogLevel ?? LogLevel;
        DataDirectory = file.DataDir ?? DataDirectory;
        _services.AddRange(file.AllServices);
        _checks.AddRange(file.AllChecks);
    }

    public ConsulAgentOptions ToOptions()
    {
        var options = new ConsulAgentOptions { AdvertiseAddress = AdvertiseAddress, DataDirectory = DataDirectory };
        options.HttpPort = HttpPort ?? options.HttpPort;
        options.BindAddress = BindAddress ?? options.BindAddress;
        options.ClientAddress = ClientAddress ?? options.ClientAddress;
        options.NodeName = NodeName ?? options.NodeName;
        options.Datacenter = Datacenter ?? options.Datacenter;
        return options;
    }
}
