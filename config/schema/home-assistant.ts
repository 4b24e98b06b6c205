import * as z from 'zod';
import type { HomeAssistantConfig } from '../config.ts';
import { topicLevels } from './topic.ts';

export const homeAssistantSchema = z.strictObject(
  {
    discoveryPrefix: topicLevels()
      .default('homeassistant')
      .describe('Below this topic Home Assistant looks for devices, as it is set there; default homeassistant.'),
    statusTopic: topicLevels()
      .default('homeassistant/status')
      .describe(
        'Where Home Assistant says `online` when it has started: then all is told once more; default homeassistant/status.',
      ),
  },
  { error: 'must be a mapping' },
) satisfies z.ZodType<HomeAssistantConfig>;
