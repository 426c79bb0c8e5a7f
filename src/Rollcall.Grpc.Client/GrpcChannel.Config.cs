using Grpc.Core;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client;

/// <content>What the service config says for methods, while it changes.</content>
public sealed partial class GrpcChannel
{
    private readonly Lock _settingsLock = new();

    // Guarded by _settingsLock, as is the adding of methods: each has the policy of the newest settings.
    private MethodSettings? _settings;

    /// <summary>What is known of the live service config: the one in force, or why one was refused. Null: the channel follows none.</summary>
    public ServiceConfigState? ServiceConfigState => _config.State;

    /// <summary>The policy of calls that have to wait for <see cref="ConfigReady"/> first: nothing but the channel's own limits.</summary>
    internal MethodPolicy UnreadPolicy { get; }

    /// <inheritdoc cref="ServiceConfigBinding.Ready"/>
    internal Task ConfigReady => _config.Ready;

    internal MethodEntry GetMethod(IMethod method) => _methods.TryGetValue(method.FullName, out var entry) ? entry : AddMethod(method);

    /// <summary>What a call goes by that begins now.</summary>
    internal MethodPolicy GetPolicy(MethodEntry method) => _config.IsReady ? method.Policy : UnreadPolicy;

    private MethodEntry AddMethod(IMethod method)
    {
        lock (_settingsLock)
        {
            if (!_methods.TryGetValue(method.FullName, out var entry))
            {
                entry = new MethodEntry(method, Scheme, _settings!.Find(method.ServiceName, method.Name), _transports);
                _methods[method.FullName] = entry;
            }

            return entry;
        }
    }

    private void Apply(ServiceCallConfig? config)
    {
        lock (_settingsLock)
        {
            _settings = new MethodSettings(_limits, config, _settings);
            foreach (var entry in _methods.Values)
            {
                entry.Policy = _settings.Find(entry.ServiceName, entry.Name);
            }
        }
    }
}
