using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server;

/// <summary>Makes the service instance of a call.</summary>
internal sealed class ServiceActivator<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>
    where TService : class
{
    private readonly ObjectFactory<TService>? _create;
    private readonly IServiceProvider? _withoutScope;

    public ServiceActivator(IServiceProvider applicationServices)
    {
        if (applicationServices.GetService<IServiceProviderIsService>()?.IsService(typeof(TService)) == true)
        {
            return;
        }

        _create = ActivatorUtilities.CreateFactory<TService>([]);

        // Asking for the request's services makes a scope; a class without dependencies does without.
        if (typeof(TService).GetConstructors() is [var constructor] && constructor.GetParameters().Length == 0)
        {
            _withoutScope = applicationServices;
        }
    }

    /// <summary>True when the caller has to dispose what <see cref="Create"/> returns; the container disposes what it made.</summary>
    public bool MustDispose =>
        _create is not null && (typeof(IAsyncDisposable).IsAssignableFrom(typeof(TService)) || typeof(IDisposable).IsAssignableFrom(typeof(TService)));

    public TService Create(HttpContext httpContext) =>
        _create is null
            ? httpContext.RequestServices.GetRequiredService<TService>()
            : _create(_withoutScope ?? httpContext.RequestServices, []);

    public static async ValueTask DisposeAsync(TService service)
    {
        if (service is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            (service as IDisposable)?.Dispose();
        }
    }
}
