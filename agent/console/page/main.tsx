import { render } from 'preact';
import { OpenDialog } from './ask/request.tsx';
import { PlotPanel } from './plot/plot-panel.tsx';
import type { Place } from './route.ts';
import { desk } from './state/desk.ts';
import { useRoute } from './state/hooks.ts';
import { CommandLog } from './views/command-log.tsx';
import { DevicePage } from './views/device.tsx';
import { GatewayPage } from './views/gateway.tsx';
import { Header } from './views/header.tsx';
import { DeviceList, ValueList } from './views/lists.tsx';
import { Overview } from './views/overview.tsx';

function Page() {
  const { place, plots } = useRoute();
  return (
    <>
      <Header />
      <div class={plots.length > 0 ? 'body with-plot' : 'body'}>
        {plots.length > 0 && <PlotPanel plots={plots} />}
        <main id="main">
          <View place={place} />
        </main>
      </div>
      <OpenDialog />
    </>
  );
}

function View({ place }: { readonly place: Place }) {
  switch (place.view) {
    case 'overview':
      return <Overview />;
    case 'devices':
      return <DeviceList />;
    case 'values':
      return <ValueList />;
    case 'commands':
      return <CommandLog />;
    case 'gateway':
      return <GatewayPage key={place.gateway} id={place.gateway} />;
    case 'device':
      return <DevicePage key={`${place.gateway}/${place.device}`} gateway={place.gateway} id={place.device} />;
  }
}

desk.open();
const root = document.getElementById('root');
if (root !== null) render(<Page />, root);
